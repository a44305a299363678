/**
 * Whose fault a red is. Pure.
 *
 *   before us ... every check that is red was red on the commit before the change: nothing the agent could mend. While CI
 *                 of that commit runs it is asked again, for the last time once the grace of ours is over
 *   flaky ....... the same check of the same commit turned green with no new commit, before it was answered
 *   ours ........ any other red; and each red of a run that was ordered to repair the trunk
 */
import { ageOf } from "./absence.ts";
import { checkKey, checkName, type Verdict } from "./ci-verdict.ts";
import { logged, type Run } from "./run.ts";

export type FaultFact = "ours" | "before_us" | "unread";

/** What a landed or proposed commit is compared with is what was there before the run's first landing. */
export function faultSubject(run: Run, sha: string): string {
  return run.commits[0] ?? sha;
}

/** How long CI of the commit before is waited for: as long as for that of the commit itself. */
export function isGraceOver(run: Run, sha: string, graceMs: number, now: number): boolean {
  const seen = [run.seen.commit, run.proposal?.head].find((one) => one?.value === sha);
  return seen != null && ageOf(seen, now) >= graceMs;
}

export function faultFact(run: Run, sha: string | null, verdict: Verdict): FaultFact {
  if (run.repairs || sha === null || verdict.word !== "red" || verdict.because.length === 0) return "ours";
  if (run.redBefore?.of !== faultSubject(run, sha)) return "unread";
  const before = new Set(run.redBefore.checks);
  if (verdict.because.every((check) => before.has(checkKey(check)))) return "before_us";
  const { runningFor, lastFor = [] } = run.redBefore;
  return runningFor === undefined || lastFor.includes(sha) ? "ours" : "unread";
}

/** Notes which checks of a commit are red, and that they turned green unanswered. */
export function observeRed(run: Run, sha: string, verdict: Verdict, now: number): Run {
  if (verdict.word === "red") return { ...run, seen: { ...run.seen, red: { commit: sha, checks: keys(verdict) } } };
  const { red } = run.seen;
  // Decided to be answered: whether the answer left is known when it is tried.
  if (verdict.word !== "green" || red?.commit !== sha || run.answered.includes(sha)) return run;
  return flaky({ ...run, seen: { ...run.seen, red: null } }, sha, red.checks, now);
}

function flaky(run: Run, sha: string, checks: string[], now: number): Run {
  const names = checks.map(checkName);
  const text = `flaky: ${names.join(", ") || "CI"} of ${sha.slice(0, 12)} turned green with no new commit`;
  const known = (run.flaky ?? []).filter((one) => one.commit !== sha);
  return logged(
    { ...run, flaky: [...known, { commit: sha, checks: names }] },
    { at: now, kind: "seen", text, act: null },
  );
}

function keys(verdict: Verdict): string[] {
  return [...new Set(verdict.because.map(checkKey))];
}
