/** The port Tracker's comments, on GitHub. */
import { type ActResult, done, known, type RepoName, retryUnread } from "../../core/types.ts";
import type * as z from "../../zod.ts";
import { actFailure, actOf, dateOf, failureOf, readingOf, removalOf } from "../results.ts";
import type { Comments } from "../tracker.ts";
import type { GithubClient } from "./client.ts";
import { type Identity, isAccount } from "./credentials.ts";
import { foundOrGone } from "./gone.ts";
import { items, mapped, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";

const COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
const COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}";

export function createComments(client: GithubClient, repo: RepoName): Comments {
  const ask = (route: string, parameters: Record<string, unknown>) => client.request(repo, route, parameters);

  return {
    async comments(number) {
      const identity = await client.identity();
      if (!identity.known) return identity;
      const read = await readPages(client, repo, `GET ${COMMENTS}`, { issue_number: number });
      return mapped(items(read, payloads.comments), (comment) => ({
        id: comment.id,
        body: comment.body,
        ours: isOurs(comment, identity.value),
      }));
    },

    async comment(id) {
      const outcome = await ask(`GET ${COMMENT}`, { comment_id: id });
      const reading = await foundOrGone(client, outcome, repo, payloads.commandComment);
      if (!reading.known) return reading;
      if (reading.value === null) return known(null);
      const { issue_url, body, user, created_at } = reading.value;
      const [, where = "", number = ""] = /^(.*)\/issues\/(\d{1,15})$/.exec(issue_url) ?? [];
      if (payloads.repoOf(where) !== `${repo.owner}/${repo.name}`.toLowerCase()) return known(null);
      return known({
        id: reading.value.id,
        issue: Number(number),
        author: user ?? null,
        body,
        createdIso: created_at,
        forgeIso: dateOf(outcome),
      });
    },

    async createComment(number, body): Promise<ActResult<string>> {
      const outcome = await ask(`POST ${COMMENTS}`, { issue_number: number, body });
      const failure = failureOf(outcome);
      if (failure) return actFailure(failure);
      const created = readingOf(outcome, payloads.created);
      return created.known ? done(created.value.id) : retryUnread(created);
    },

    async updateComment(id, body) {
      const outcome = await ask(`PATCH ${COMMENT}`, { comment_id: id, body });
      if (outcome.type === "answer" && (outcome.status === 404 || outcome.status === 410))
        return { type: "refused", why: `the comment is gone (${outcome.status})`, gone: true };
      return actOf(outcome);
    },

    async deleteComment(id) {
      return removalOf(await ask(`DELETE ${COMMENT}`, { comment_id: id }));
    },

    async react(comment, content) {
      return actOf(await ask(`POST ${COMMENT}/reactions`, { comment_id: comment, content }));
    },
  };
}

/** An installation's token is not told whose it is; what it writes carries an app all the same. */
function isOurs(comment: z.output<typeof payloads.comment>, identity: Identity | null): boolean {
  if (identity === null) return comment.performed_via_github_app != null;
  if (identity.type === "app" && comment.performed_via_github_app?.id === identity.id) return true;
  return comment.user ? isAccount(comment.user, identity) : false;
}
