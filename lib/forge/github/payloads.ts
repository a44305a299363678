/** The fields we read of GitHub's answers, and nothing else: what GitHub adds or changes elsewhere cannot stop us. */
import * as z from "zod/mini";
import type { Account, IssueEvent, RequiredCheck } from "../../core/types.ts";

/** Database ids arrive as numbers, and may one day pass what a number holds. */
export const id = z.pipe(z.union([z.number(), z.bigint(), z.string()]), z.transform(String));
const text = z.pipe(
  z.nullish(z.string()),
  z.transform((value) => value ?? ""),
);
const state = z.enum(["open", "closed"]);
const label = z.union([
  z.string(),
  z.pipe(
    z.object({ name: text }),
    z.transform(({ name }) => name),
  ),
]);

const account = z.pipe(
  z.object({ id, login: z.string(), type: z.optional(z.string()) }),
  z.transform(
    ({ id, login, type }): Account => ({
      id,
      login,
      kind: type === "User" ? "person" : type === "Bot" ? "bot" : "unknown",
    }),
  ),
);

export const repo = z.object({
  id,
  name: z.string(),
  full_name: z.string(),
  owner: z.object({ login: z.string() }),
  default_branch: z.string(),
  clone_url: z.string(),
  html_url: z.string(),
});

export const listedIssue = z.object({
  id,
  number: z.number(),
  state,
  labels: z.array(label),
  pull_request: z.optional(z.unknown()),
});

export const issue = z.object({
  id,
  number: z.number(),
  title: z.string(),
  body: text,
  html_url: z.string(),
  repository_url: z.string(),
  state,
  labels: z.array(label),
  updated_at: z.string(),
});

const EVENTS = ["labeled", "unlabeled", "closed", "reopened", "renamed"] as const;
const readEvent = z.object({
  id,
  event: z.enum(EVENTS),
  actor: z.nullish(account),
  created_at: z.string(),
  label: z.optional(z.object({ name: text })),
  commit_id: z.nullish(z.string()),
});
/** An issue's record has some forty kinds of entries. Null: one we do not read; a malformed one of ours is an error. */
export const issueEvent = z.union([
  z.pipe(
    readEvent,
    z.transform(
      (event): IssueEvent => ({
        id: event.id,
        type: event.event,
        label: event.label?.name ?? null,
        actor: event.actor ?? null,
        atIso: event.created_at,
        commit: event.commit_id ?? null,
      }),
    ),
  ),
  z.pipe(
    z.object({ event: z.string().check(z.refine((name) => !EVENTS.some((ours) => ours === name))) }),
    z.transform(() => null),
  ),
]);

export const lastEdited = z.object({
  data: z.object({ repository: z.object({ issue: z.object({ lastEditedAt: z.nullable(z.string()) }) }) }),
  errors: z.optional(z.array(z.never())),
});

export const collaborator = z.object({
  permission: z.enum(["admin", "maintain", "write", "triage", "read", "none"]),
  user: z.nullish(z.object({ id })),
});

export const blockingIssue = z.object({ number: z.number(), state, repository_url: z.string() });

export const branch = z.object({ commit: z.object({ sha: z.string() }) });

export const comparison = z.object({
  status: z.enum(["ahead", "behind", "diverged", "identical"]),
  total_commits: z.number(),
  merge_base_commit: z.object({ sha: z.string() }),
  commits: z.array(z.object({ sha: z.string(), commit: z.object({ message: z.string() }) })),
});

export const comment = z.object({
  id,
  body: text,
  user: z.nullish(z.object({ id, login: z.string() })),
  performed_via_github_app: z.nullish(z.object({ id })),
});

export const created = z.object({ id });
export const issueState = z.object({ state });

export const checkRuns = z.object({
  check_runs: z.array(
    z.object({
      id,
      name: z.string(),
      status: z.string(),
      conclusion: z.nullish(z.string()),
      started_at: z.nullish(z.string()),
      html_url: z.nullish(z.string()),
      app: z.nullish(z.object({ id, slug: z.nullish(z.string()) })),
      check_suite: z.nullish(z.object({ id })),
    }),
  ),
});
export type CheckRun = z.output<typeof checkRuns>["check_runs"][number];

export const combinedStatus = z.object({
  statuses: z.array(
    z.object({
      state: z.string(),
      context: z.string(),
      target_url: z.nullish(z.string()),
      avatar_url: z.nullish(z.string()),
      updated_at: z.nullish(z.string()),
    }),
  ),
});
export type CommitStatus = z.output<typeof combinedStatus>["statuses"][number];

export const workflowRuns = z.object({
  workflow_runs: z.array(
    z.object({
      id,
      name: z.nullish(z.string()),
      path: z.nullish(z.string()),
      workflow_id: id,
      event: z.string(),
      head_branch: z.nullish(z.string()),
      status: z.nullish(z.string()),
      conclusion: z.nullish(z.string()),
      run_number: z.number(),
      run_started_at: z.nullish(z.string()),
      created_at: z.nullish(z.string()),
      html_url: z.nullish(z.string()),
      check_suite_id: z.nullish(id),
    }),
  ),
});
export type WorkflowRun = z.output<typeof workflowRuns>["workflow_runs"][number];

export const jobs = z.object({
  jobs: z.array(z.object({ id, status: z.string(), conclusion: z.nullish(z.string()) })),
});

const bound = z.pipe(
  z.nullish(z.number()),
  // "Any app" is told as null, as nothing, and in older protections as -1.
  z.transform((app) => (typeof app === "number" && app > 0 ? String(app) : null)),
);
/** Of a branch's rules only the required checks; the other kinds demand none. */
export const rules = z.array(
  z.union([
    z.pipe(
      z.object({
        type: z.literal("required_status_checks"),
        parameters: z.object({
          required_status_checks: z.array(z.object({ context: z.string(), integration_id: bound })),
        }),
      }),
      z.transform(({ parameters }): RequiredCheck[] =>
        parameters.required_status_checks.map(({ context, integration_id }) => ({
          name: context,
          app: integration_id,
        })),
      ),
    ),
    z.pipe(
      z.object({ type: z.string().check(z.refine((type) => type !== "required_status_checks")) }),
      z.transform((): RequiredCheck[] => []),
    ),
  ]),
);

/** Older answers name contexts alone. */
export const classicProtection = z.pipe(
  z.object({
    contexts: z.optional(z.array(z.string())),
    checks: z.optional(z.array(z.object({ context: z.string(), app_id: bound }))),
  }),
  z.transform(({ contexts = [], checks = [] }): RequiredCheck[] => {
    const named = new Set(checks.map((check) => check.context));
    const bare = contexts.filter((context) => !named.has(context));
    return [
      ...checks.map(({ context, app_id }) => ({ name: context, app: app_id })),
      ...bare.map((context) => ({ name: context, app: null })),
    ];
  }),
);
