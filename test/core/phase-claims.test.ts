import { describe, expect, test } from "vitest";
import { withPhases } from "../../lib/core/phase-claims.ts";
import { aCommit, aRun, SHA, SHA2, T0 } from "./kit.ts";

const SHA3 = "3".repeat(40);
const RED = "Ask for a greeting\n\nAFK-Phase: tests-red\n";
const GREEN = "Greet\n\nAFK-Phase: green\n";
const claim = (commit: string, at = T0) => ({ commit, at });

describe("the phases an agent claims", () => {
  test("are those of its trailers, the worktree by the first of them", () => {
    const run = withPhases(aRun(), [aCommit(SHA, RED), aCommit(SHA2, GREEN), aCommit(SHA3, "Tidy")], "branch", T0);
    expect(run.claimed).toEqual({ worktree: claim(SHA), tests_red: claim(SHA), green: claim(SHA2) });
  });

  test("are each claimed by the newest commit that names it, and since the first", () => {
    const before = aRun({ claimed: { worktree: claim(SHA), tests_red: claim(SHA) } });
    const run = withPhases(before, [aCommit(SHA, RED), aCommit(SHA2, RED)], "branch", T0 + 9);
    expect(run.claimed).toEqual({ worktree: claim(SHA), tests_red: claim(SHA2) });
  });

  test("keep what is spared of their time", () => {
    const before = aRun({
      claimed: { worktree: { ...claim(SHA), awayMs: 7 }, tests_red: { ...claim(SHA), awayMs: 9 } },
    });
    const run = withPhases(before, [aCommit(SHA, RED), aCommit(SHA2, RED)], "branch", T0 + 9);
    expect(run.claimed).toEqual({ worktree: { ...claim(SHA), awayMs: 7 }, tests_red: { ...claim(SHA2), awayMs: 9 } });
  });

  test("are not green by what came before the red test", () => {
    const run = withPhases(aRun(), [aCommit(SHA, GREEN), aCommit(SHA2, RED)], "branch", T0);
    expect(run.claimed).toEqual({ worktree: claim(SHA), tests_red: claim(SHA2) });
  });

  test("stay where a commit that claimed one is not shown any more", () => {
    const before = aRun({ claimed: { worktree: claim(SHA), tests_red: claim(SHA), green: claim(SHA3) } });
    const run = withPhases(before, [aCommit(SHA2, RED)], "trunk", T0 + 9);
    expect(run.claimed).toEqual({ worktree: claim(SHA), tests_red: claim(SHA2), green: claim(SHA3) });
  });

  test("are none without a trailer of its own line", () => {
    expect(withPhases(aRun(), [aCommit(SHA, "See AFK-Phase: green there")], "branch", T0).claimed).toEqual({});
  });
});
