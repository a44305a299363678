/**
 * What a Forgejo delivery tells, as our own Signal. It only wakes: whatever it says is read again.
 *
 *   issues ............ opened, edited, closed, reopened, label_updated, label_cleared. Which label changed is not told
 *   issue_comment ..... any; one on a pull request is a pull_request signal, for it is an answer to a review, perhaps
 *   push .............. the default branch and afk/*; no tags, no deletions
 *   pull_request ...... what changes whether and how it can land; a draft is a title: edited
 *   pull_request_approved, _rejected, _comment
 *                       a review was submitted. Nothing tells that one was dismissed, nor of an automatic merge that waits
 *   action_run_* ...... one for each run that is over, of the default branch, of afk/*, or of a pull request whose branch
 *                       is not told; its repo is inside the run
 *   any other ......... ignored, saying so; so is a payload without what is needed. Never a throw.
 *
 * The text rides along where it is of the moment the payload's `updated_at` names: at opening, labelling and commenting.
 * An edit may show its new text beside the old time, and a clearing shows the labels it took off.
 */
import { issueOfBranch } from "../../core/ids.ts";
import type { Ignored, Signal } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { number, word } from "../fields.ts";
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
import { proposedBranch, textSeen } from "./payloads.ts";

/** Which headers carry a delivery, and how the signature's is read. */
export const forgejoHeaders = {
  event: "x-forgejo-event",
  delivery: "x-forgejo-delivery",
  signature: "x-forgejo-signature",
  /** The bare hex digest of a signature header; null: not one, as it is for a hook without a secret. */
  digest: (value: string): string | null => (/^[0-9a-f]{64}$/i.test(value) ? value : null),
};

/** Forgejo sends Gitea's headers beside its own; Gitea sends them alone. */
export function forgejoRefusal(headers: Headers): string | null {
  return headers.has("x-gitea-event") && !headers.has("x-forgejo-event") ? "Gitea is not supported" : null;
}

const ACTIONS: Record<string, { type: "issue" | "comment" | "pull_request"; actions: string[] }> = {
  issues: { type: "issue", actions: ["opened", "edited", "closed", "reopened", "label_updated", "label_cleared"] },
  issue_comment: { type: "comment", actions: ["created", "edited", "deleted"] },
  pull_request: {
    type: "pull_request",
    actions: ["opened", "edited", "closed", "reopened", "synchronized", "review_requested", "review_request_removed"],
  },
  pull_request_approved: { type: "pull_request", actions: ["reviewed"] },
  pull_request_rejected: { type: "pull_request", actions: ["reviewed"] },
  pull_request_comment: { type: "pull_request", actions: ["reviewed"] },
};
const RUN_EVENTS = ["action_run_success", "action_run_failure", "action_run_recover"];
const SHOW_THE_TEXT = ["opened", "label_updated", "created", "deleted"];

export function parseForgejoDelivery(event: string, payload: unknown): Signal | Ignored {
  if (RUN_EVENTS.includes(event)) return ran(payload);
  if (event !== "push" && !Object.hasOwn(ACTIONS, event)) return eventNotRead(event);
  const from = deliveredRepo("forgejo", repositoryPayload.safeParse(payload).data?.repository);
  if (from.type === "ignored") return from;
  if (event === "push") return pushed(payload, from);
  const action = actionPayload.safeParse(payload).data?.action;
  return action ? acted(event, action, payload, from) : ignored("payload without action");
}

function acted(event: string, action: string, payload: unknown, { repo }: DeliveredRepo): Signal | Ignored {
  const row = ACTIONS[event];
  if (!row?.actions.includes(action)) return actionNotRead(event, action);
  if (row.type === "pull_request") return { type: "pull_request", action, repo, issue: proposedIssue(payload) };
  const issue = issuePayload.safeParse(payload).data?.issue;
  if (!issue) return ignored("payload without issue number");
  if (issue.pull_request) return { type: "pull_request", action, repo, issue: proposedIssue(payload) };
  const seen = SHOW_THE_TEXT.includes(action) ? seenPayload.safeParse(payload).data?.issue : undefined;
  const command = row.type === "comment" ? commandIn(payload) : {};
  return { type: row.type, action, repo, issue: issue.number, ...(seen ? { seen } : {}), ...command };
}

/** The label keeps the branch's name when the branch is gone. */
function proposedIssue(payload: unknown): number | null {
  const { ref = "", label } = pullRequestPayload.safeParse(payload).data?.pull_request.head ?? {};
  return issueOfBranch(ref) ?? issueOfBranch(label ?? "");
}

function pushed(payload: unknown, from: DeliveredRepo): Signal | Ignored {
  const { data } = pushPayload.safeParse(payload);
  if (!data) return ignored("payload without ref");
  // Nothing says so but the commit after it: forty zeros, or sixty-four.
  return pushSignal(from, data.ref, /^0+$/.test(data.after) ? "deleted" : "pushed");
}

function ran(payload: unknown): Signal | Ignored {
  const run = runPayload.safeParse(payload).data?.run;
  const from = deliveredRepo("forgejo", run?.repository);
  if (from.type === "ignored") return from;
  const action = actionPayload.safeParse(payload).data?.action;
  if (!action) return ignored("payload without action");
  const branch = run?.event_payload ?? run?.prettyref ?? "";
  const refusal = ciRefusal(from, NO_BRANCH.test(branch) ? [] : [branch]);
  return refusal ?? { type: "ci", action, repo: from.repo, issue: issueOfBranch(branch) };
}

/** Nothing, or a pull request's number. */
const NO_BRANCH = /^(#\d+)?$/;

const repositoryPayload = z.object({ repository: z.unknown() });
const actionPayload = z.object({ action: word });
const issuePayload = z.object({
  issue: z.object({ number, pull_request: z.optional(z.unknown()) }),
});
const seenPayload = z.object({ issue: textSeen });
const pullRequestPayload = z.object({
  pull_request: z.object({ head: z.object({ ref: z.string(), label: z.nullish(z.string()) }) }),
});
const pushPayload = z.object({ ref: z.string(), after: z.string() });
const runPayload = z.object({
  run: z.object({
    repository: z.unknown(),
    prettyref: z.nullish(z.string()),
    event_payload: z.catch(proposedBranch, null),
  }),
});
