import { describe, expect, test } from "vitest";
import { onTopOf, speaking } from "../../lib/core/trunk-line.ts";
import type { Comparison } from "../../lib/core/types.ts";

/** `a:b,c`: a, whose parents are b and c; oldest first. */
function trunk(...commits: string[]): Comparison {
  const told = commits.map((one) => {
    const [sha = "", parents = ""] = one.split(":");
    return { sha, message: "", parents: parents.split(",").filter(Boolean) };
  });
  return { head: told.at(-1)?.sha ?? "ours", commits: told };
}

describe("what stands on top of a commit of the trunk", () => {
  test.each<[string, Comparison, string[]]>([
    ["nothing", trunk("ours:base"), []],
    ["nothing, compared with itself", { head: "ours", commits: [] }, []],
    ["pushes, oldest first", trunk("ours:base", "b:ours", "c:b"), ["b", "c"]],
    ["compared with itself", trunk("b:ours", "c:b"), ["b", "c"]],
    ["a merge, and not what it brought in", trunk("ours:base", "side:base", "m:ours,side"), ["m"]],
    ["nor if that was made on top of it", trunk("ours:base", "side:ours", "m:ours,side"), ["m"]],
    ["what came in by a fast forward is the line itself", trunk("ours:base", "side:ours"), ["side"]],
    ["a line that reaches it through a merge alone", trunk("ours:base", "x:base", "m:x,ours", "n:m"), ["m", "n"]],
    ["a trunk set back to where it is no more", trunk("x:base", "y:x"), []],
  ])("%s", (_, compared, tops) => {
    expect(onTopOf(compared, "ours")).toEqual(tops);
  });
});

describe("what speaks for a frozen trunk", () => {
  test.each<[string, Comparison, string, string[]]>([
    ["the judged commit, where it is the head", trunk(), "ours", ["ours"]],
    ["and what stands on top of it", trunk("a:ours", "b:a"), "b", ["ours", "a", "b"]],
    ["the head alone, where it was replaced", trunk("a:base", "b:a"), "b", ["b"]],
    ["the head alone, where it was taken off and nothing put in its place", trunk(), "base", ["base"]],
  ])("%s", (_, compared, head, commits) => {
    expect(speaking(compared, "ours", head)).toEqual(commits);
  });
});
