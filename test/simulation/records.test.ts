/** One history on either forge, told by its own records in the same words; and a record that is behind. */
import { describe, expect, it } from "vitest";
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import { GitMemory } from "../fakes/git/git-memory.ts";
import { playedForge } from "./forges.ts";
import { LateRecords } from "./late-records.ts";

const REPO = "acme/one";
const START = Date.parse("2026-11-02T09:00:00Z");

async function told(forge: "github" | "forgejo") {
  let now = START;
  const later = (seconds: number) => {
    now += seconds * 1000;
  };
  const git = new GitMemory(() => now);
  const { standIn, records } = playedForge(forge, {
    ...{ now: () => now, git, token: "t", login: "us", secret: "s", ready: "ready", botId: 7, ci: "actions" },
    deliver: () => {},
  });
  const { people, ci } = standIn;
  people.addRepo({ name: REPO, permissions: { dev: "write", us: "admin" } });
  const base = git.add(REPO, "main", { message: "Begin" });
  const { number } = people.createIssue({ repo: REPO, title: "Add", by: "dev" });
  const on = { repo: REPO, number, by: "dev" };
  people.label({ ...on, label: "ready" });
  later(5);
  people.unlabel({ ...on, by: "us", label: "ready" });
  later(5);
  people.close(on);
  people.reopen(on);
  later(5);
  const sha = git.add(REPO, "side", { message: `Fixes #${number}`, parents: [base] });
  await standIn.pushed(REPO, "side", NO_COMMIT, sha, "dev");
  later(5);
  git.setBranch(REPO, "main", sha);
  await standIn.pushed(REPO, "main", base, sha, "dev");
  const run = await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "dev", name: "CI", jobs: ["test"] });
  const other = await ci.createWorkflowRun({ repo: REPO, sha, branch: "side", by: "dev", name: "CI", jobs: ["test"] });
  later(5);
  await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure" });
  await ci.updateWorkflowRun(REPO, other.id, { status: "completed", conclusion: "success" });
  await ci.setStatus({ repo: REPO, sha, context: "lint", state: "success", by: "dev" });
  const history = (records.history(REPO, number) ?? [])
    .filter((one) => one.what !== "other")
    .map(({ what, by, at, label, commit }) => [what, by, (at - START) / 1000, label, commit === sha]);
  const words = records
    .ci(REPO, sha)
    .map(({ name, word, at, changedAt }) => [name, word, (at - START) / 1000, (changedAt - START) / 1000]);
  people.deleteIssue(on);
  return { history, words, gone: records.history(REPO, number) };
}

describe.each(["github", "forgejo"] as const)("the records of %s", (forge) => {
  it("tell who did what to an issue, and all that CI said of a commit of the trunk", async () => {
    expect(await told(forge)).toEqual({
      history: [
        ["labeled", "dev", 0, "ready", false],
        ["unlabeled", "us", 5, "ready", false],
        ["closed", "dev", 10, null, false],
        ["reopened", "dev", 10, null, false],
        ["closed", "dev", 20, null, true],
      ],
      words: [
        ["CI", "failure", 20, 25],
        ["status lint", "success", 25, 25],
      ],
      gone: null,
    });
  });
});

describe("a record that is behind", () => {
  it("is told as it was for a while, and everything else as it is", async () => {
    const world = { nowMs: START };
    const records = new LateRecords(world);
    let asked = 0;
    const ask = async (path: string) => {
      const answer = await records.answer("GET", path, async () => new Response(String(++asked)));
      return answer.text();
    };
    expect([await ask("/repos/a/b/issues/1/events?page=1"), await ask("/repos/a/b/issues/1")]).toEqual(["1", "2"]);
    world.nowMs += 5_000;
    expect([await ask("/repos/a/b/issues/1/events?page=1"), await ask("/repos/a/b/issues/1")]).toEqual(["1", "3"]);
    world.nowMs += 20_000;
    expect(await ask("/repos/a/b/issues/1/events?page=1")).toBe("4");
  });

  it("is as good as new where the forge says that nothing changed", async () => {
    const world = { nowMs: START };
    const records = new LateRecords(world);
    const path = "/repos/a/b/issues/1/timeline";
    await records.answer("GET", path, async () => new Response("told"));
    world.nowMs += 20_000;
    const unchanged = await records.answer("GET", path, async () => new Response(null, { status: 304 }));
    expect(unchanged.status).toBe(304);
    world.nowMs += 5_000;
    const kept = await records.answer("GET", path, () => Promise.reject(new Error("asked again")));
    expect(await kept.text()).toBe("told");
  });
});
