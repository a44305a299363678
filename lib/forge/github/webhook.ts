/**
 * What a GitHub delivery tells, as our own Signal. It only wakes: whatever it says is read again.
 *
 *   issues ............ what changes an issue's wish, text or end; not its assignees, milestones, pins, locks, types
 *   issue_comment ..... any; one on a pull request is a pull_request signal
 *   issue_dependencies  both directions, as the issue of the repo that was told
 *   push .............. the default branch and afk/*; no tags, no deletions
 *   check_run ......... created too: a check that runs again opens a verdict that was final
 *   check_run, check_suite, workflow_run, status
 *                       any step, of the default branch, of afk/*, whose CI is evidence, of a merge queue's, or of none told
 *   deployment, deployment_status ... any step, of whatever branch: the trunk's commit may go live by a tag or another branch
 *   pull_request ...... what changes whether and how it can land, or is waited for: also its auto-merge and its queue
 *   pull_request_review, _review_comment, _review_thread ... any: what people say of it, and take back
 *   merge_group ....... any step of a merge queue; its branch is the queue's, so it is about no one issue
 *   repository ........ what changes its name, reach or branch
 *   any other ......... ignored, saying so; so is a payload without what is needed. Never a throw.
 */
import { issueOfBranch } from "../../core/ids.ts";
import type { Ignored, Signal } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { number } from "../fields.ts";
import {
  actionNotRead,
  ciRefusal,
  commandIn,
  type DeliveredRepo,
  deliveredRepo,
  eventNotRead,
  ignored,
  pushSignal,
} from "../webhook.ts";

/** Which headers carry a delivery, and how the signature's is read. */
export const githubHeaders = {
  event: "x-github-event",
  delivery: "x-github-delivery",
  signature: "x-hub-signature-256",
  /** The bare hex digest of a signature header; null: not one. */
  digest: (value: string): string | null => /^sha256=([0-9a-f]{64})$/i.exec(value)?.[1] ?? null,
};

const ACTIONS: Record<string, { type: Signal["type"]; actions: string[] }> = {
  issues: {
    type: "issue",
    actions: ["opened", "edited", "closed", "reopened", "labeled", "unlabeled", "deleted", "transferred"],
  },
  issue_comment: { type: "comment", actions: ["created", "edited", "deleted"] },
  issue_dependencies: {
    type: "dependency",
    actions: ["blocked_by_added", "blocked_by_removed", "blocking_added", "blocking_removed"],
  },
  check_run: { type: "ci", actions: ["created", "completed", "rerequested"] },
  check_suite: { type: "ci", actions: ["completed", "requested", "rerequested"] },
  workflow_run: { type: "ci", actions: ["requested", "in_progress", "completed"] },
  deployment: { type: "deployment", actions: ["created"] },
  deployment_status: { type: "deployment", actions: ["created"] },
  pull_request: {
    type: "pull_request",
    actions: [
      "opened",
      "edited",
      "closed",
      "reopened",
      "synchronize",
      "ready_for_review",
      "converted_to_draft",
      "auto_merge_enabled",
      "auto_merge_disabled",
      "enqueued",
      "dequeued",
    ],
  },
  pull_request_review: { type: "pull_request", actions: ["submitted", "edited", "dismissed"] },
  pull_request_review_comment: { type: "pull_request", actions: ["created", "edited", "deleted"] },
  pull_request_review_thread: { type: "pull_request", actions: ["resolved", "unresolved"] },
  merge_group: { type: "pull_request", actions: ["checks_requested", "destroyed"] },
  repository: {
    type: "repository",
    actions: ["archived", "unarchived", "renamed", "transferred", "deleted", "edited", "privatized", "publicized"],
  },
};

/** A status names so many branches that hold its commit, and no more. */
const BRANCHES_TOLD_MAX = 10;
const QUEUE = "gh-readonly-queue/";

export function parseGithubDelivery(event: string, payload: unknown): Signal | Ignored {
  if (event === "ping") return ignored("ping");
  if (event !== "push" && event !== "status" && !Object.hasOwn(ACTIONS, event)) return eventNotRead(event);
  const repository = deliveredRepo("github", repositoryPayload.safeParse(payload).data?.repository);
  if (repository.type === "ignored") return repository;
  if (event === "push") return pushed(payload, repository);
  if (event === "status") return withField(payload, "state", (state) => ci(state, payload, repository));
  return withField(payload, "action", (action) => acted(event, action, payload, repository));
}

function acted(event: string, action: string, payload: unknown, repository: DeliveredRepo): Signal | Ignored {
  const row = ACTIONS[event];
  if (!row?.actions.includes(action)) return actionNotRead(event, action);
  const { type } = row;
  switch (type) {
    case "issue":
    case "comment": {
      const { data } = issuePayload.safeParse(payload);
      if (!data) return ignored("payload without issue number");
      if (data.issue.pull_request) return signal("pull_request", action, repository, null);
      const told = signal(type, action, repository, data.issue.number);
      return type === "comment" ? { ...told, ...commandIn(payload) } : told;
    }
    case "dependency": {
      const { data } = dependencyPayload.safeParse(payload);
      const own = action.startsWith("blocked_by") ? data?.blocked_issue : data?.blocking_issue;
      return own ? signal(type, action, repository, own.number) : ignored("payload without issue number");
    }
    case "pull_request": {
      const { data } = pullRequestPayload.safeParse(payload);
      return signal(type, action, repository, issueOfBranch(data?.pull_request.head.ref ?? ""));
    }
    case "ci":
      return ci(action, payload, repository);
    case "deployment":
    case "push":
    case "repository":
      return signal(type, action, repository, null);
    default:
      return type satisfies never;
  }
}

function ci(action: string, payload: unknown, repository: DeliveredRepo): Signal | Ignored {
  const branches = branchesOf(payload);
  const refusal = branches.some((branch) => branch.startsWith(QUEUE)) ? null : ciRefusal(repository, branches);
  return refusal ?? signal("ci", action, repository, null);
}

/** Those that a CI delivery names; none where it may have left out ours. */
function branchesOf(payload: unknown): string[] {
  const { data } = ciPayload.safeParse(payload);
  const statusOf = data?.branches?.map(({ name }) => name) ?? [];
  if (statusOf.length >= BRANCHES_TOLD_MAX) return [];
  const suites = [data?.check_run?.check_suite, data?.check_suite, data?.workflow_run];
  return [...statusOf, ...suites.flatMap((suite) => suite?.head_branch || [])];
}

function pushed(payload: unknown, from: DeliveredRepo): Signal | Ignored {
  const { data } = pushPayload.safeParse(payload);
  return data ? pushSignal(from, data.ref, data.deleted ? "deleted" : "pushed") : ignored("payload without ref");
}

function withField(payload: unknown, field: string, then: (value: string) => Signal | Ignored): Signal | Ignored {
  const value = anyPayload.safeParse(payload).data?.[field];
  return typeof value === "string" && value !== "" ? then(value) : ignored(`payload without ${field}`);
}

function signal(type: Signal["type"], action: string, repository: DeliveredRepo, issue: number | null): Signal {
  return { type, action, repo: repository.repo, issue };
}

const anyPayload = z.record(z.string(), z.unknown());
const repositoryPayload = z.object({ repository: z.unknown() });
const issuePayload = z.object({ issue: z.object({ number, pull_request: z.optional(z.unknown()) }) });
const dependencyPayload = z.object({
  blocked_issue: z.nullish(z.object({ number })),
  blocking_issue: z.nullish(z.object({ number })),
});
const onBranch = z.nullish(z.object({ head_branch: z.nullish(z.string()) }));
const ciPayload = z.object({
  branches: z.nullish(z.array(z.object({ name: z.string() }))),
  check_run: z.nullish(z.object({ check_suite: onBranch })),
  check_suite: onBranch,
  workflow_run: onBranch,
});
const pushPayload = z.object({ ref: z.string(), deleted: z.nullish(z.boolean()) });
const pullRequestPayload = z.object({ pull_request: z.object({ head: z.object({ ref: z.string() }) }) });
