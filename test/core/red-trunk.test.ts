import { describe, expect, test } from "vitest";
import { notBrought, redTrunkWords, revertCommand } from "../../lib/core/red-trunk.ts";
import { SHA, SHA2 } from "./kit.ts";

describe("the command that takes a commit back", () => {
  const one = { sha: SHA, parents: 1 };
  const merge = { sha: SHA2, parents: 2 };
  test.each([
    ["a plain commit", [one], "main", `git revert --no-edit ${SHA} && git push origin main`],
    ["a merge, against its first parent", [merge], "main", `git revert --no-edit -m 1 ${SHA2} && git push origin main`],
    [
      "all of a run's, newest first",
      [merge, one],
      "release/1.x",
      `git revert --no-edit -m 1 ${SHA2} && git revert --no-edit ${SHA} && git push origin release/1.x`,
    ],
    ["nothing", [], "main", null],
    ["one whose parents are not known", [{ sha: SHA, parents: null }], "main", null],
    ["a branch that a shell would read", [one], "main;rm -rf ~", null],
    ["a branch that looks like an option", [one], "--mirror", null],
    ["a commit that is none", [{ sha: "$(id)", parents: 1 }], "main", null],
  ])("%s", (_, commits, trunk, command) => {
    expect(revertCommand(commits, trunk)).toBe(command);
  });
});

describe("what a merge brought is taken back with it", () => {
  const commit = (sha: string, ...parents: string[]) => ({ sha, parents });
  test.each([
    ["plain commits", [commit("c", "b"), commit("b", "a")], ["c", "b"]],
    ["a merge of the branch's last", [commit("m", "a", "c"), commit("c", "a")], ["m"]],
    ["and of those below it", [commit("m", "a", "c"), commit("c", "b"), commit("b", "a")], ["m"]],
    ["what lies on the trunk's own side stays", [commit("m", "b", "x"), commit("b", "a")], ["m", "b"]],
    ["a merge whose parents are not known", [{ sha: "m", parents: null }, commit("c", "a")], ["m", "c"]],
    ["a fix on top of the merge", [commit("d", "m"), commit("m", "a", "c"), commit("c", "a")], ["d", "m"]],
  ])("%s", (_, commits, left) => {
    expect(notBrought(commits).map(({ sha }) => sha)).toEqual(left);
  });
});

describe("a red trunk in words", () => {
  const red = { sha: SHA, checks: ["build", "e2e"], attempts: 2, undo: "git revert x" };
  test("names the commit, the checks, what was tried, whom it holds up and the command", () => {
    expect(redTrunkWords(red, [4, 9])).toBe(
      `\`${SHA.slice(0, 12)}\` is on the trunk, red (build, e2e); 2 fixes were tried. It holds up #4, #9. To take it back by hand: \`git revert x\``,
    );
  });

  test("says so where nothing is known, tried or held up", () => {
    expect(redTrunkWords({ sha: SHA, checks: [], attempts: 0, undo: null }, [])).toBe(
      `\`${SHA.slice(0, 12)}\` is on the trunk, red; no fix was tried. No other issue waits for it.`,
    );
  });

  test.each([
    [undefined, "red"],
    ["red", "red"],
    ["green", "green"],
    ["not_live", "not live"],
    ["unjudged", "without a green CI"],
  ] as const)("says how it stands: %s is %s", (standing, words) => {
    expect(redTrunkWords({ ...red, checks: [], standing }, [])).toContain(` is on the trunk, ${words}; 2 fixes`);
  });

  test("names five, and how many more; a check's name is no markup", () => {
    const checks = ["@all", "b", "c", "d", "e", "f", "g"];
    const said = redTrunkWords({ ...red, checks }, [1, 2, 3, 4, 5, 6]);
    expect(said).toContain("e, and 2 more)");
    expect(said).toContain("#5, and 1 more.");
    expect(said).not.toContain("@all");
  });
});
