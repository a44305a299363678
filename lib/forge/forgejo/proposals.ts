/**
 * The port Proposals, on Forgejo. Translates and decides nothing.
 *
 *   find ........ by the pair of branches. Forgejo gives any one of the pair: an open one is the only open one; for one
 *                 that is over the list is read as well, from its newest entry down to that one
 *   merge ....... with the head pinned, by what the repo allows: squash, merge, rebase-merge, rebase, fast-forward-only.
 *                 Never `force_merge`. Never `merge_when_checks_succeed` either: it keeps no head, so what is pushed later
 *                 would be merged too; and where the checks have passed it merges at once without asking whether the
 *                 reviews are given, which is left to a hook that lets an admin pass. A plain merge that has to wait
 *                 is refused, and tried again
 *   files ....... what it would change, renames found: one without its old name, as older releases tell it, leaves that out
 *   open ........ Forgejo opens a pull request without a commit of its own as well: that is looked at first
 *   takesPush ... `user_can_push`, which is as true of an admin: Forgejo excepts admins from rules of merging alone. Of a
 *                 protected branch its rule must be readable as well, and demand neither signatures nor unchanged files
 */
import {
  type ActResult,
  type ChangedFiles,
  done,
  known,
  type RepoName,
  retry,
  retryUnread,
  unread,
} from "../../core/types.ts";
import type { MergeMessage, Proposals } from "../proposals.ts";
import { actFailure, actOf, type Failure, failureOf, readingOf, tidyingOf, unreadOf } from "../results.ts";
import type { ForgejoClient } from "./client.ts";
import { foundOrGone } from "./gone.ts";
import { branchPath, repoPath } from "./http.ts";
import { readPages } from "./pages.ts";
import { needsRule, stateOf, toProposal } from "./proposal.ts";
import * as payloads from "./pull-payloads.ts";
import { createPullReads } from "./pull-reads.ts";
import { isSubmitted, toRemarks } from "./remarks.ts";

/** Each costs a request of its own. */
const COMMENTED_REVIEWS_MAX = 40;
/** What a merge answers where it was not done, whatever the reason. */
const NOT_MERGED = [404, 405, 409];

const WAYS = [
  ["squash", "allow_squash_merge"],
  ["merge", "allow_merge_commits"],
  ["rebase-merge", "allow_rebase_explicit"],
  ["rebase", "allow_rebase"],
  ["fast-forward-only", "allow_fast_forward_only_merge"],
] as const;

export function createForgejoProposals(client: ForgejoClient, repo: RepoName): Proposals {
  const { http } = client;
  const reads = createPullReads(client, repo);
  const pullPath = (number: number, ...parts: string[]) => repoPath(repo, "pulls", number, ...parts);

  /** Why a merge was refused: 405 and 409 mean many things each, and the last try may have merged. */
  async function notMerged(number: number, head: string, failure: Failure): Promise<ActResult<"merged">> {
    const pull = readingOf(await http.request(`GET ${pullPath(number)}`), payloads.pull);
    if (!pull.known) return retryUnread(pull);
    if (pull.value.head.sha !== head) return { type: "refused", why: `its head is ${pull.value.head.sha} by now` };
    if (pull.value.merged) return done("merged");
    if (pull.value.state === "closed") return { type: "refused", why: "it is closed" };
    return retry(failure.why);
  }

  return {
    async takesPush(trunk) {
      const ground = await reads.ground(trunk);
      if (!ground.known) return ground;
      if (ground.value.user_can_push !== true) return known(false);
      if (ground.value.protected !== true) return known(true);
      const rule = await reads.rule(ground.value);
      if (!rule.known) return rule;
      return known(rule.value?.require_signed_commits === false && rule.value.protected_file_patterns === "");
    },

    async find(branch, trunk) {
      const found = await reads.newest(branch, trunk);
      if (!found.known) return found;
      if (found.value === null) return known(null);
      const { pull, atIso } = found.value;
      if (stateOf(pull) !== "open") return known(toProposal(pull, null));
      const ground = await reads.ground(trunk);
      if (!ground.known) return ground;
      const reviews = await reads.reviews(pull.number);
      if (!reviews.known) return reviews;
      const standing = { atIso, ground: ground.value, reviews: reviews.value };
      const rule = needsRule(pull, standing) ? await reads.rule(ground.value) : known(null);
      return rule.known ? known(toProposal(pull, { ...standing, rule: rule.value })) : rule;
    },

    async target(number) {
      const outcome = await http.request(`GET ${pullPath(number)}`);
      const pull = await foundOrGone(client, outcome, repo, payloads.pull);
      if (!pull.known) return pull;
      return known(pull.value && { state: stateOf(pull.value), trunk: pull.value.base.ref });
    },

    async remarks(number) {
      const reviews = await reads.reviews(number);
      if (!reviews.known) return reviews;
      const submitted = reviews.value.filter(isSubmitted);
      const commented = submitted.filter((review) => (review.comments_count ?? 0) > 0);
      if (commented.length > COMMENTED_REVIEWS_MAX) return unread("there are too many reviews with comments to read");
      const read = submitted.map((review) => ({ review, comments: [] as payloads.ReviewComment[] }));
      for (const one of read.filter(({ review }) => commented.includes(review))) {
        const route = `GET ${pullPath(number, "reviews", one.review.id, "comments")}`;
        const comments = readingOf(await http.request(route), payloads.reviewComments);
        if (!comments.known) return comments;
        one.comments = comments.value;
      }
      return known(toRemarks(read));
    },

    async files(number) {
      const read = await readPages(http, `GET ${pullPath(number, "files")}`, {}, payloads.changedFiles);
      return read.type === "failed" ? unreadOf(read.failure) : known(changedBy(read));
    },

    async open({ branch, trunk, title, body }) {
      const query = { sha: branch, not: trunk, limit: 1, stat: "false", verification: "false", files: "false" };
      const ahead = readingOf(await http.request(`GET ${repoPath(repo, "commits")}`, { query }), payloads.commits);
      if (ahead.known && ahead.value.length === 0)
        return { type: "refused", why: `${branch} holds no commit that ${trunk} has not` };
      const wanted = { head: branch, base: trunk, title, body };
      const outcome = await http.request(`POST ${repoPath(repo, "pulls")}`, { body: wanted });
      const failure = failureOf(outcome);
      // Somebody was quicker, or the answer to our last try was lost: the next look finds it.
      if (failure?.status === 409) return retry(failure.why);
      if (failure) return actFailure(failure);
      const opened = readingOf(outcome, payloads.opened);
      return opened.known ? done(opened.value.number) : retryUnread(opened);
    },

    async merge(number, head, message: MergeMessage) {
      const allowed = readingOf(await http.request(`GET ${repoPath(repo)}`), payloads.mergeWays);
      if (!allowed.known) return retryUnread(allowed);
      const way = WAYS.find(([, setting]) => allowed.value[setting] === true);
      if (!way) return { type: "refused", why: "the repo allows no way of merging" };
      const merging = { MergeTitleField: message.title, MergeMessageField: message.body, head_commit_id: head };
      const outcome = await http.request(`POST ${pullPath(number, "merge")}`, { body: { Do: way[0], ...merging } });
      const failure = failureOf(outcome);
      if (failure?.status != null && NOT_MERGED.includes(failure.status)) return notMerged(number, head, failure);
      const merged = actOf(outcome);
      return merged.type === "done" ? done("merged") : merged;
    },

    async deleteBranch(branch, head) {
      const outcome = await http.request(`GET ${branchPath(repo, branch)}`);
      const found = await foundOrGone(client, outcome, repo, payloads.branchHead);
      if (!found.known) return retryUnread(found);
      if (found.value === null) return done(null);
      const { id } = found.value.commit;
      if (id !== head) return { type: "refused", why: `the head of ${branch} is ${id} by now` };
      return tidyingOf(await http.request(`DELETE ${branchPath(repo, branch)}`));
    },
  };
}

function changedBy({ entries, complete }: { entries: payloads.ChangedFile[]; complete: boolean }): ChangedFiles {
  const paths = entries.flatMap((file) => [file.filename, file.previous_filename].filter((path) => path !== ""));
  const named = entries.every((file) => file.status !== "renamed" || file.previous_filename !== "");
  return { paths: [...new Set(paths)].sort(), complete: complete && named };
}
