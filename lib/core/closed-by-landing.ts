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
import { closedByMerge } from "./proposal.ts";
import { landed, type Run } from "./run.ts";
import type { Comparison, IssueEvent, Reading } from "./types.ts";

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
