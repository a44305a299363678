/** What the parsers of every forge's deliveries share. */
import { parseCommand } from "../core/commands.ts";
import { isRunBranch, issueOfBranch } from "../core/ids.ts";
import type { Forge, Ignored, Signal } from "../core/types.ts";
import * as z from "../zod.ts";
import { number } from "./fields.ts";

/** A delivery's repo, once it is told. */
export interface DeliveredRepo {
  type: "repository";
  repo: Signal["repo"];
  defaultBranch: string | null;
}

const EVENT_CHARS_MAX = 60;

export function ignored(reason: string): Ignored {
  return { type: "ignored", reason };
}

export function eventNotRead(event: string): Ignored {
  return ignored(`event not read: ${event.slice(0, EVENT_CHARS_MAX)}`);
}

export function actionNotRead(event: string, action: string): Ignored {
  return ignored(`action not read: ${event}.${action.slice(0, EVENT_CHARS_MAX)}`);
}

/** `repository` as a payload holds it. */
export function deliveredRepo(forge: Forge, repository: unknown): DeliveredRepo | Ignored {
  const identified = identifiedRepository.safeParse(repository).data;
  if (!identified) return ignored("payload without repository id");
  const named = namedRepository.safeParse(repository).data;
  if (!named) return ignored("payload without repository name");
  const [owner = "", name = ""] = named.full_name.split("/");
  const repo = { forge, owner, name, id: identified.id };
  return { type: "repository", repo, defaultBranch: named.default_branch ?? named.master_branch ?? null };
}

/** The id of a new comment that begins with a command; the command itself is read live. */
export function commandIn(payload: unknown): { command: string } | Record<never, never> {
  const comment = newComment.safeParse(payload).data?.comment;
  return comment && parseCommand(comment.body) !== null ? { command: comment.id } : {};
}

/**
 * Why CI of these branches wakes nobody; null: it may be of use. Runs read the trunk's and their own branch's, and find a
 * pull request by that branch alone, so that no other is ever asked for. Where no branch is told, nothing shows whose it is.
 */
export function ciRefusal(from: DeliveredRepo, branches: string[]): Ignored | null {
  if (branches.length === 0 || from.defaultBranch === null) return null;
  return branches.some((branch) => isRead(from, branch)) ? null : ignored("CI of another branch");
}

function isRead(from: DeliveredRepo, branch: string): boolean {
  return branch === from.defaultBranch || isRunBranch(branch);
}

/** A push to the trunk or to a run's branch; no tags, no deletions, no other branches. */
export function pushSignal(from: DeliveredRepo, ref: string, change: "deleted" | "pushed"): Signal | Ignored {
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (branch === undefined) return ignored("push of a tag");
  if (change === "deleted") return ignored("branch deleted");
  if (!isRead(from, branch)) return ignored("push of another branch");
  const issue = branch === from.defaultBranch ? null : issueOfBranch(branch);
  return { type: "push", action: "pushed", repo: from.repo, issue };
}

const newComment = z.object({
  action: z.literal("created"),
  comment: z.object({ id: z.pipe(number, z.transform(String)), body: z.string() }),
});
const identifiedRepository = z.object({
  id: z.pipe(z.union([number, z.string().check(z.regex(/^\d+$/))]), z.transform(String)),
});
const namedRepository = z.object({
  /** What names can hold: they become part of a key. */
  full_name: z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/)),
  default_branch: z.nullish(z.string()),
  /** What GitHub's push calls it beside the other. */
  master_branch: z.nullish(z.string()),
});
