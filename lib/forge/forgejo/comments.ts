/** The port Tracker's comments, on Forgejo. */
import { sameName } from "../../core/same-name.ts";
import { type ActResult, done, known, type RepoName, retryUnread } from "../../core/types.ts";
import { actFailure, actOf, dateOf, failureOf, readingOf, removalOf } from "../results.ts";
import type { Comments } from "../tracker.ts";
import { type ForgejoClient, isAccount } from "./client.ts";
import { foundOrGone } from "./gone.ts";
import { repoPath } from "./http.ts";
import * as payloads from "./payloads.ts";

export function createComments(client: ForgejoClient, repo: RepoName): Comments {
  const { http } = client;
  const issueComments = (number: number) => repoPath(repo, "issues", number, "comments");

  return {
    async comments(number) {
      const identity = await client.identity();
      if (!identity.known) return identity;
      const reading = readingOf(await http.request(`GET ${issueComments(number)}`), payloads.comments);
      if (!reading.known) return reading;
      return known(
        reading.value.map(({ id, body, user }) => ({
          id,
          body,
          ours: user != null && isAccount(user, identity.value),
        })),
      );
    },

    async comment(id) {
      const outcome = await http.request(`GET ${repoPath(repo, "issues", "comments", id)}`);
      const reading = await foundOrGone(client, outcome, repo, payloads.commandComment);
      if (!reading.known) return reading;
      if (reading.value === null) return known(null);
      const { issue_url, body, user, created_at } = reading.value;
      const [, where = "", number = ""] = /([^/]+\/[^/]+)\/issues\/(\d{1,15})$/.exec(issue_url) ?? [];
      if (!sameName(where, `${repo.owner}/${repo.name}`)) return known(null);
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
      const outcome = await http.request(`POST ${issueComments(number)}`, { body: { body } });
      const failure = failureOf(outcome);
      if (failure) return actFailure(failure);
      const created = readingOf(outcome, payloads.created);
      return created.known ? done(created.value.id) : retryUnread(created);
    },

    async updateComment(id, body) {
      const outcome = await http.request(`PATCH ${repoPath(repo, "issues", "comments", id)}`, { body: { body } });
      if (failureOf(outcome)?.status === 404) return { type: "refused", why: "the comment is gone (404)", gone: true };
      return actOf(outcome);
    },

    async deleteComment(id) {
      return removalOf(await http.request(`DELETE ${repoPath(repo, "issues", "comments", id)}`));
    },

    async react(comment, content) {
      const where = repoPath(repo, "issues", "comments", comment, "reactions");
      const outcome = await http.request(`POST ${where}`, { body: { content } });
      const failure = failureOf(outcome);
      // A server has a list of its own, and 403 for what is not on it.
      if (failure?.type === "auth" && failure.status === 403) return { type: "refused", why: failure.why };
      return actOf(outcome);
    },
  };
}
