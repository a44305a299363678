/** The reads that a token, a plan or an older GitHub may not allow. */
import type { Reading } from "../../core/types.ts";
import { emptyWhere, type OptionalRow } from "../optional-reads.ts";
import type { Failure } from "../results.ts";

export type OptionalRead =
  | "rules"
  | "classic_protection"
  | "whole_protection"
  | "check_runs"
  | "workflow_runs"
  | "deployments"
  | "job"
  | "job_log"
  | "dependencies";

export const OPTIONAL_READS: Record<OptionalRead, OptionalRow> = {
  // A plan without rulesets answers 403 and a GitHub that is older than they are 404: no rule is in force.
  rules: { forbidden: "nothing", missing: "nothing" },
  // 404 is an unprotected branch; 403 a token without administration:read: the rules alone tell what is required.
  classic_protection: { forbidden: "nothing", missing: "nothing" },
  // A token without administration:read cannot tell what it demands: then it speaks against a direct push.
  whole_protection: { forbidden: "nothing", missing: "nothing" },
  // 403 is a fine-grained token on a private repo: judged by the jobs of workflow runs, and statuses.
  check_runs: { forbidden: "nothing", missing: "unread" },
  // 404 is a GitHub without Actions; behind a 403 there may be a workflow that never began.
  workflow_runs: { forbidden: "unread", missing: "nothing" },
  // A repo that never deployed answers an empty list; behind a 403 or a 404 there may be a deploy that failed.
  deployments: { forbidden: "unread", missing: "unread" },
  // Jobs go with their runs and may be closed to the token: the turn then names the failing check without its step.
  job: { forbidden: "nothing", missing: "nothing" },
  // Logs expire and may be closed to the token: the turn then names the failing checks without a log.
  job_log: { forbidden: "nothing", missing: "nothing" },
  // 404 is a GitHub without dependencies; behind a 403 there may be an open blocker.
  dependencies: { forbidden: "unread", missing: "nothing" },
};

export function optional<T>(read: OptionalRead, failure: Failure, empty: T): Reading<T> {
  return emptyWhere(OPTIONAL_READS[read], failure, empty);
}
