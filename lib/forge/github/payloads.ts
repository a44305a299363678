/** The fields we read of GitHub's answers, and nothing else: what GitHub adds or changes elsewhere cannot stop us. */
import type { Account, IssueEvent } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { id, number, sha, state, text, time, url, word } from "../fields.ts";

const label = z.union([
  z.string(),
  z.pipe(
    z.object({ name: text }),
    z.transform(({ name }) => name),
  ),
]);

export const account = z.pipe(
  z.object({ id, login: word, type: z.optional(z.string()) }),
  z.transform(
    ({ id, login, type }): Account => ({
      id,
      login,
      kind: type === "User" ? "person" : type === "Bot" ? "bot" : "unknown",
    }),
  ),
);

export const listedIssues = z.array(
  z.object({ id, number, state, labels: z.array(label), pull_request: z.optional(z.unknown()) }),
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
  actor: z.nullish(account),
  created_at: time,
  label: z.nullish(z.object({ name: text })),
  commit_id: z.nullish(z.string()),
});
/** An issue's record has some forty kinds of entries. Null: one we do not read; a malformed one of ours is an error. */
const issueEvent = z.union([
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
export const issueEvents = z.array(issueEvent);

export const lastEdited = z.object({
  data: z.object({ repository: z.object({ issue: z.object({ lastEditedAt: z.nullable(time) }) }) }),
  /** Errors that say what they are were told before; beside any other the data counts for nothing. */
  errors: z.optional(z.array(z.never())),
});

export const collaborator = z.object({
  permission: z.enum(["admin", "maintain", "write", "triage", "read", "none"]),
  user: z.nullish(z.object({ id })),
});

export const blockingIssue = z.object({ number, state, repository_url: z.string() });
export const blockingIssues = z.array(blockingIssue);

export const dependencyCount = z.object({
  issue_dependencies_summary: z.nullish(z.object({ total_blocked_by: z.number() })),
});

export const branch = z.object({ commit: z.object({ sha }) });

export const comparison = z.object({
  status: z.enum(["ahead", "behind", "diverged", "identical"]),
  total_commits: z.number(),
  merge_base_commit: z.object({ sha }),
  commits: z.array(z.object({ sha, commit: z.object({ message: z.string() }), parents: z.array(z.object({ sha })) })),
});

export const comment = z.object({
  id,
  body: text,
  user: z.nullish(z.object({ id, login: word })),
  performed_via_github_app: z.nullish(z.object({ id })),
});
export const commandComment = z.object({
  id,
  issue_url: z.string(),
  body: text,
  user: z.nullish(account),
  created_at: time,
});
export const comments = z.array(comment);

export const created = z.object({ id });

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

export const job = z.object({
  id,
  conclusion: z.nullish(z.string()),
  steps: z.nullish(z.array(z.object({ name: text, conclusion: z.nullish(z.string()) }))),
});
export type Job = z.output<typeof job>;
export const jobs = z.object({ jobs: z.array(job) });

/** The same jobs, for what their check runs would tell. */
export const runJobs = z.object({
  jobs: z.array(
    z.object({
      id,
      name: z.string(),
      status: z.string(),
      conclusion: z.nullish(z.string()),
      started_at: z.nullish(z.string()),
      html_url: z.nullish(z.string()),
    }),
  ),
});

/** A page about it is a nicety: one that is no page is none. */
const page = z.catch(z.nullish(url), null);
export const deployments = z.array(z.object({ id, sha: z.string(), environment: z.string() }));
export const deploymentStatuses = z.array(
  z.object({
    state: z.string(),
    description: text,
    log_url: page,
    environment_url: page,
    target_url: page,
  }),
);
export type DeploymentStatus = z.output<typeof deploymentStatuses>[number];

/** `owner/name`, lower-cased, of an API URL that ends in it. */
export function repoOf(url: string): string {
  return url.split("/").slice(-2).join("/").toLowerCase();
}
