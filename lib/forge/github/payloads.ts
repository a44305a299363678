/** The fields we read of GitHub's answers, and nothing else: what GitHub adds or changes elsewhere cannot stop us. */
import * as z from "zod";
import type { Account, IssueEvent, RequiredCheck } from "../../core/types.ts";
import { id, number, sha, state, text, time, url } from "../fields.ts";

const label = z.union([z.string(), z.object({ name: text }).transform(({ name }) => name)]);

const account = z.object({ id, login: z.string(), type: z.string().optional() }).transform(
  ({ id, login, type }): Account => ({
    id,
    login,
    kind: type === "User" ? "person" : type === "Bot" ? "bot" : "unknown",
  }),
);

export const repo = z.object({
  id,
  name: z.string(),
  full_name: z.string(),
  owner: z.object({ login: z.string() }),
  default_branch: z.string(),
  clone_url: url,
  html_url: url,
});

export const listedIssues = z.array(
  z.object({ id, number, state, labels: z.array(label), pull_request: z.unknown().optional() }),
);

export const issue = z.object({
  id,
  number,
  title: z.string(),
  body: text,
  html_url: url,
  repository_url: z.string(),
  state,
  labels: z.array(label),
  updated_at: time,
});

const EVENTS = ["labeled", "unlabeled", "closed", "reopened", "renamed"] as const;
const readEvent = z.object({
  id,
  event: z.enum(EVENTS),
  actor: account.nullish(),
  created_at: time,
  label: z.object({ name: text }).nullish(),
  commit_id: z.string().nullish(),
});
/** An issue's record has some forty kinds of entries. Null: one we do not read; a malformed one of ours is an error. */
const issueEvent = z.union([
  readEvent.transform(
    (event): IssueEvent => ({
      id: event.id,
      type: event.event,
      label: event.label?.name ?? null,
      actor: event.actor ?? null,
      atIso: event.created_at,
      commit: event.commit_id ?? null,
    }),
  ),
  z.object({ event: z.string().refine((name) => !EVENTS.some((ours) => ours === name)) }).transform(() => null),
]);
export const issueEvents = z.array(issueEvent);

export const lastEdited = z.object({
  data: z.object({ repository: z.object({ issue: z.object({ lastEditedAt: time.nullable() }) }) }),
  errors: z.array(z.never()).optional(),
});

export const collaborator = z.object({
  permission: z.enum(["admin", "maintain", "write", "triage", "read", "none"]),
  user: z.object({ id }).nullish(),
});

export const blockingIssue = z.object({ number, state, repository_url: z.string() });
export const blockingIssues = z.array(blockingIssue);

export const dependencyCount = z.object({
  issue_dependencies_summary: z.object({ total_blocked_by: z.number() }).nullish(),
});

export const branch = z.object({ commit: z.object({ sha }) });

export const comparison = z.object({
  status: z.enum(["ahead", "behind", "diverged", "identical"]),
  total_commits: z.number(),
  merge_base_commit: z.object({ sha }),
  commits: z.array(z.object({ sha, commit: z.object({ message: z.string() }) })),
});

export const comment = z.object({
  id,
  body: text,
  user: z.object({ id, login: z.string() }).nullish(),
  performed_via_github_app: z.object({ id }).nullish(),
});
export const comments = z.array(comment);

export const created = z.object({ id });

export const checkRuns = z.object({
  check_runs: z.array(
    z.object({
      id,
      name: z.string(),
      status: z.string(),
      conclusion: z.string().nullish(),
      started_at: z.string().nullish(),
      html_url: z.string().nullish(),
      app: z.object({ id, slug: z.string().nullish() }).nullish(),
      check_suite: z.object({ id }).nullish(),
    }),
  ),
});
export type CheckRun = z.output<typeof checkRuns>["check_runs"][number];

export const combinedStatus = z.object({
  statuses: z.array(
    z.object({
      state: z.string(),
      context: z.string(),
      target_url: z.string().nullish(),
      avatar_url: z.string().nullish(),
      updated_at: z.string().nullish(),
    }),
  ),
});
export type CommitStatus = z.output<typeof combinedStatus>["statuses"][number];

export const workflowRuns = z.object({
  workflow_runs: z.array(
    z.object({
      id,
      name: z.string().nullish(),
      path: z.string().nullish(),
      workflow_id: id,
      event: z.string(),
      head_branch: z.string().nullish(),
      status: z.string().nullish(),
      conclusion: z.string().nullish(),
      run_number: z.number(),
      run_started_at: z.string().nullish(),
      created_at: z.string().nullish(),
      html_url: z.string().nullish(),
      check_suite_id: id.nullish(),
    }),
  ),
});
export type WorkflowRun = z.output<typeof workflowRuns>["workflow_runs"][number];

export const jobs = z.object({
  jobs: z.array(z.object({ id, status: z.string(), conclusion: z.string().nullish() })),
});

const bound = z
  .number()
  .nullish()
  // "Any app" is told as null, as nothing, and in older protections as -1.
  .transform((app) => (typeof app === "number" && app > 0 ? String(app) : null));
export interface Rule {
  type: string;
  /** The checks it demands. */
  checks: RequiredCheck[];
  /** The ways of merging it allows; null: it says nothing of them. */
  methods: string[] | null;
}

const ruleOfChecks = z
  .object({
    type: z.literal("required_status_checks"),
    parameters: z.object({
      required_status_checks: z.array(z.object({ context: z.string(), integration_id: bound })),
    }),
  })
  .transform(({ type, parameters }): Rule => {
    const checks = parameters.required_status_checks;
    return {
      type,
      methods: null,
      checks: checks.map(({ context, integration_id }) => ({ name: context, app: integration_id })),
    };
  });
const ruleOfPulls = z
  .object({
    type: z.literal("pull_request"),
    parameters: z.object({ allowed_merge_methods: z.array(z.string()).nullish() }).nullish(),
  })
  .transform(
    ({ type, parameters }): Rule => ({ type, checks: [], methods: parameters?.allowed_merge_methods ?? null }),
  );
const READ_RULES = ["required_status_checks", "pull_request"];
/** The other kinds are known by their names alone. */
const otherRule = z
  .object({ type: z.string().refine((type) => !READ_RULES.includes(type)) })
  .transform(({ type }): Rule => ({ type, checks: [], methods: null }));
export const rules = z.array(z.union([ruleOfChecks, ruleOfPulls, otherRule]));

/** Older answers name contexts alone. */
export const classicProtection = z
  .object({
    contexts: z.array(z.string()).optional(),
    checks: z.array(z.object({ context: z.string(), app_id: bound })).optional(),
  })
  .transform(({ contexts = [], checks = [] }): RequiredCheck[] => {
    const named = new Set(checks.map((check) => check.context));
    const bare = contexts.filter((context) => !named.has(context));
    return [
      ...checks.map(({ context, app_id }) => ({ name: context, app: app_id })),
      ...bare.map((context) => ({ name: context, app: null })),
    ];
  });

export const branchStanding = z.object({
  protected: z.boolean(),
  protection: z.object({ enabled: z.boolean().nullish() }).nullish(),
});

const isOn = z.object({ enabled: z.boolean() }).nullish();
const isThere = z.record(z.string(), z.unknown()).nullish();
/** Whether classic protection, read whole, takes a direct push. */
export const wholeProtection = z
  .object({
    required_pull_request_reviews: isThere,
    required_status_checks: isThere,
    restrictions: isThere,
    required_signatures: isOn,
    lock_branch: isOn,
  })
  .transform(
    (told) =>
      !told.required_pull_request_reviews &&
      !told.required_status_checks &&
      !told.restrictions &&
      !told.required_signatures?.enabled &&
      !told.lock_branch?.enabled,
  );

const reviewFields = { id, user: account.nullish(), body: text, commit_id: sha.nullish(), html_url: url.nullish() };
const review = z.union([
  z
    .object({ ...reviewFields, state: z.literal("PENDING") })
    .transform((pending) => ({ ...pending, state: "PENDING", submitted_at: null })),
  z.object({ ...reviewFields, state: z.string().refine((state) => state !== "PENDING"), submitted_at: time }),
]);
export const reviews = z.array(review);
export type Review = z.output<typeof review>;

const reviewComment = z.object({
  id,
  pull_request_review_id: id.nullish(),
  user: account.nullish(),
  body: text,
  path: z.string().nullish(),
  line: number.nullish(),
  original_line: number.nullish(),
  commit_id: sha.nullish(),
  original_commit_id: sha.nullish(),
  html_url: url.nullish(),
  created_at: time,
});
export const reviewComments = z.array(reviewComment);
export type ReviewComment = z.output<typeof reviewComment>;

export const openedPull = z.object({ number });
export const mergeResult = z.object({ merged: z.literal(true), sha });
export const gitRef = z.object({ object: z.object({ sha }) });
