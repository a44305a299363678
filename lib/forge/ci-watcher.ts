/**
 * The port to a forge's CI. It reports every check, status and workflow run of a commit in the forge's own words;
 * `core/ci-verdict` says what they mean.
 */
import type { ActResult, Check, Deployment, Failure, Reading, RequiredCheck } from "../core/types.ts";

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
  /** Which step of a failed job failed, and the last lines of its log; each null where there is none to read. */
  failure(check: Check, lines: number): Promise<Reading<Failure>>;
  /** The newest deployment of this very commit to the environment; none where the forge has no deployments. */
  deployment(sha: string, environment: string): Promise<Reading<Deployment>>;
}
