/**
 * Whether our own landing closed the issue: by a keyword, whoever wrote it. Pure. First that holds:
 *
 *   our own merge did .......................................... yes
 *   it names no commit ......................................... no
 *   a commit of ours ........................................... yes
 *   the trunk not read ......................................... not known
 *   on the trunk, and no later than our newest ................. yes: it landed with ours
 *   otherwise .................................................. no
 */
import { landed, type Run } from "./run.ts";
import type { Comparison, IssueEvent, Reading } from "./types.ts";

/** A merge closes what its texts say it fixes within this. */
const CLOSED_WITH_MS_MAX = 10_000;

/** `trunk`: after the run's base; null: not read. Null: only the trunk tells. */
export function closedByLanding(run: Run, closing: IssueEvent, trunk: Reading<Comparison> | null): boolean | null {
  const { commit } = closing;
  if (closedByMerge(run, closing)) return true;
  if (commit === null) return false;
  if (run.commits.includes(commit)) return true;
  if (!trunk?.known) return null;
  const shas = trunk.value.commits.map((one) => one.sha);
  const newest = shas.lastIndexOf(landed(run) ?? "");
  return shas.slice(0, newest + 1).includes(commit);
}

/**
 * Whether our own merge closed the issue: by a keyword in the pull request's text, whoever wrote it. Such a close is told
 * by who made it, and when; it names no commit, or one of the branch that says the same and that a squash left behind.
 */
function closedByMerge(run: Run, closing: IssueEvent): boolean {
  const { last = null, mergedBefore = [] } = run.proposal ?? {};
  return [...mergedBefore, last?.merged ?? []].flat().some(({ by, atIso }) => {
    const afterMs = Date.parse(closing.atIso) - Date.parse(atIso);
    return closing.actor?.login === by && Math.abs(afterMs) <= CLOSED_WITH_MS_MAX;
  });
}
