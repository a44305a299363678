/** The reads that a repo's settings, a token or an older Forgejo may not allow. */
import type { Reading } from "../../core/types.ts";
import { emptyWhere, type OptionalRow } from "../optional-reads.ts";
import type { Failure } from "../results.ts";

export type OptionalRead = "dependencies" | "action_runs" | "job_log" | "org_labels" | "branch_protections";

export const OPTIONAL_READS: Record<OptionalRead, OptionalRow> = {
  // 404 is a repo with dependencies switched off; behind a 403 there may be an open blocker.
  dependencies: { forbidden: "unread", missing: "nothing" },
  // 404 is a repo without Actions, or a Forgejo older than the list; behind a 403 there may be a cancelled run.
  action_runs: { forbidden: "unread", missing: "nothing" },
  // Most releases offer no log, and logs expire: the turn then names the failing checks with their links.
  job_log: { forbidden: "nothing", missing: "nothing" },
  // 404 is an owner that is a person; a token that may not read them makes the repo a label of its own.
  org_labels: { forbidden: "nothing", missing: "nothing" },
  // For the repo's admins: whoever is none sees no more of a rule than its branch shows.
  branch_protections: { forbidden: "nothing", missing: "nothing" },
};

export function optional<T>(read: OptionalRead, failure: Failure, empty: T): Reading<T> {
  return emptyWhere(OPTIONAL_READS[read], failure, empty);
}
