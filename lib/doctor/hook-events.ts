/**
 * The events that wake the loop.
 *
 *   asked .... what a webhook is made with
 *   told ..... what it then says it is told of
 *   needed ... without one of these a label wakes nobody
 */
import type { Forge } from "../core/types.ts";

interface Events {
  asked: readonly string[];
  told: readonly string[];
  needed: readonly string[];
}

const GITHUB = [
  "issues",
  "issue_comment",
  "issue_dependencies",
  "push",
  "check_run",
  "check_suite",
  "workflow_run",
  "status",
  "deployment_status",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_review_thread",
  "merge_group",
  "repository",
];

/** By their fine types: what a hook that asks for `issues` and `pull_request` gets. */
const FORGEJO = [
  "push",
  "issues",
  "issue_label",
  "issue_comment",
  "pull_request",
  "pull_request_comment",
  "pull_request_review_approved",
  "pull_request_review_rejected",
  "pull_request_review_comment",
  "pull_request_sync",
  "pull_request_review_request",
  "action_run_failure",
  "action_run_recover",
  "action_run_success",
];

export const EVENTS: Record<Forge, Events> = {
  github: { asked: GITHUB, told: GITHUB, needed: ["issues"] },
  forgejo: {
    asked: [
      "issues",
      "issue_comment",
      "push",
      "pull_request",
      "action_run_success",
      "action_run_failure",
      "action_run_recover",
    ],
    told: FORGEJO,
    needed: ["issues", "issue_label"],
  },
};

/** The setting that holds a forge's webhook secret. */
export const SECRETS: Record<Forge, "GITHUB_WEBHOOK_SECRET" | "FORGEJO_WEBHOOK_SECRET"> = {
  github: "GITHUB_WEBHOOK_SECRET",
  forgejo: "FORGEJO_WEBHOOK_SECRET",
};
