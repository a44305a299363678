/**
 * The port to a forge's CI. It reports every check, status and workflow run of a commit in the forge's own words;
 * `core/ci-verdict` says what they mean.
 */
import type { ActResult, Check, Reading, RequiredCheck } from "../core/types.ts";

export interface CiWatcher {
  /**
   * All checks of a commit, all pages. `branch`: checks of a CI run of any other branch are left out, so that a check
   * of the agent's branch is never taken for a check of the trunk.
   */
  checks(sha: string, branch: string): Promise<Reading<Check[]>>;
  /** The same of the commit that the trunk's merge queue tests; none where the forge has no queue. */
  queueChecks(sha: string, trunk: string): Promise<Reading<Check[]>>;
  /** The checks the branch's rules demand; none when the rules may not be read (see the adapter's table). */
  required(branch: string): Promise<Reading<RequiredCheck[]>>;
  /** Whether this forge can be asked to run CI again; where it cannot, a person may. */
  canRerun: boolean;
  /** Runs the failed jobs of these CI runs again; refused where the forge cannot. */
  rerun(runIds: string[]): Promise<ActResult>;
  /** The last lines of a failing job's log; null where there is none to read. */
  logTail(check: Check, lines: number): Promise<Reading<string | null>>;
}
