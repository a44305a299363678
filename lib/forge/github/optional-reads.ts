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
  rules: {
    forbidden: "nothing",
    missing: "nothing",
    why: "a plan without rulesets answers 403 and a GitHub that is older than they are 404: no rule is in force",
  },
  classic_protection: {
    forbidden: "nothing",
    missing: "nothing",
    why: "404 is an unprotected branch; 403 a token without administration:read: the rules alone tell what is required",
  },
  whole_protection: {
    forbidden: "nothing",
    missing: "nothing",
    why: "a token without administration:read cannot tell what it demands: then it speaks against a direct push",
  },
  check_runs: {
    forbidden: "nothing",
    missing: "unread",
    why: "403 is a fine-grained token on a private repo: judged by the jobs of workflow runs, and statuses",
  },
  workflow_runs: {
    forbidden: "unread",
    missing: "nothing",
    why: "404 is a GitHub without Actions; behind a 403 there may be a workflow that never began",
  },
  deployments: {
    forbidden: "unread",
    missing: "unread",
    why: "a repo that never deployed answers an empty list; behind a 403 or a 404 there may be a deploy that failed",
  },
  job: {
    forbidden: "nothing",
    missing: "nothing",
    why: "jobs go with their runs and may be closed to the token: the turn then names the failing check without its step",
  },
  job_log: {
    forbidden: "nothing",
    missing: "nothing",
    why: "logs expire and may be closed to the token: the turn then names the failing checks without a log",
  },
  dependencies: {
    forbidden: "unread",
    missing: "nothing",
    why: "404 is a GitHub without dependencies; behind a 403 there may be an open blocker",
  },
};

export function optional<T>(read: OptionalRead, failure: Failure, empty: T): Reading<T> {
  return emptyWhere(OPTIONAL_READS[read], failure, empty);
}
