/**
 * The port Tracker, on GitHub. Translates and decides nothing.
 *
 *   a list that does not end within its bound ... unread; candidates alone may be cut, the next look sees the rest
 *   404 ......................................... an answer only while the repo itself can be read; else unread
 *   410 ......................................... deleted, unless the repo's issues are switched off
 */
import type * as z from "zod";
import {
  type Account,
  type ActResult,
  type Blocker,
  type Comparison,
  done,
  type IssueReading,
  known,
  type Permission,
  type Reading,
  type RepoName,
  unread,
} from "../../core/types.ts";
import { textOf } from "../contents.ts";
import {
  actFailure,
  actOf,
  dateOf,
  failureOf,
  messageOf,
  type Outcome,
  readingOf,
  removalOf,
  stateOf,
  unreadOf,
} from "../results.ts";
import type { Tracker } from "../tracker.ts";
import { commitFacts } from "./changed-files.ts";
import { type GithubClient, GRAPHQL } from "./client.ts";
import type { Identity } from "./credentials.ts";
import { optional } from "./optional-reads.ts";
import { items, listed, mapped, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";

const CANDIDATE_PAGES_MAX = 10;

const REPO = "/repos/{owner}/{repo}";
const ISSUE = `${REPO}/issues/{issue_number}`;
const COMMENT = `${REPO}/issues/comments/{comment_id}`;

/** The one thing only GraphQL tells: when a body was last edited. */
const LAST_EDITED = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { issue(number: $number) { lastEditedAt } }
}`;

export function createGithubTracker(client: GithubClient, repo: RepoName): Tracker {
  const ask = (route: string, parameters?: Record<string, unknown>) => client.request(repo, route, parameters);
  const pages = (route: string, parameters: Record<string, unknown>, pagesMax?: number) =>
    readPages(client, repo, route, parameters, pagesMax);

  async function readRepo() {
    return readingOf(await ask(`GET ${REPO}`), payloads.repo);
  }

  /** A 404 or 410 that is an answer about the thing asked for, and not about our access. */
  async function confirmedGone(outcome: Outcome): Promise<Reading<true>> {
    const failure = failureOf(outcome);
    if (failure?.status !== 404 && failure?.status !== 410) return failure ? unreadOf(failure) : unread("not gone");
    if (isSwitchedOff(outcome)) return unreadOf(failure);
    const readable = await readRepo();
    return readable.known ? known(true) : readable;
  }

  async function lastEditedIso(number: number): Promise<Reading<string | null>> {
    const variables = { owner: repo.owner, name: repo.name, number };
    const reading = readingOf(await ask(GRAPHQL, { query: LAST_EDITED, variables }), payloads.lastEdited);
    return reading.known ? known(reading.value.data.repository.issue.lastEditedAt) : reading;
  }

  return {
    pin: { type: "last_edit", lastEditedIso },

    // Every server that speaks this API is served.
    unfit: async () => known(null),

    async repo() {
      const reading = await readRepo();
      if (!reading.known) return reading;
      const { id, name, owner, default_branch, clone_url, html_url } = reading.value;
      return known({ id, owner: owner.login, name, defaultBranch: default_branch, cloneUrl: clone_url, url: html_url });
    },

    async candidates(label) {
      const filter = { labels: label, state: "open", sort: "created", direction: "asc" };
      const issues = items(
        await pages(`GET ${REPO}/issues`, filter, CANDIDATE_PAGES_MAX),
        payloads.listedIssues,
        "cut",
      );
      if (!issues.known) return issues;
      const wanted = label.toLowerCase();
      return known(
        issues.value
          .filter((issue) => issue.state === "open" && !issue.pull_request)
          .filter((issue) => issue.labels.some((name) => name.toLowerCase() === wanted))
          .map(({ id, number, labels }) => ({ id, number, labels })),
      );
    },

    async issue(number): Promise<Reading<IssueReading>> {
      const outcome = await ask(`GET ${ISSUE}`, { issue_number: number });
      if (outcome.type === "answer" && (outcome.status === 404 || outcome.status === 410)) {
        const gone = await confirmedGone(outcome);
        return gone.known ? known({ type: "gone" }) : gone;
      }
      const reading = readingOf(outcome, payloads.issue);
      if (!reading.known) return reading;
      const { id, title, body, html_url, state, labels, updated_at, repository_url } = reading.value;
      // Transferred away and back: it lives on under another number, and that is another issue to us.
      if (reading.value.number !== number) return known({ type: "gone" });
      if (repoOf(repository_url) !== `${repo.owner}/${repo.name}`.toLowerCase()) {
        // A redirect brought us here: our repo under its new name, or the issue transferred to another.
        const now = await readRepo();
        if (!now.known) return now;
        if (now.value.full_name.toLowerCase() !== repoOf(repository_url)) return known({ type: "gone" });
      }
      const facts = { id, number, title, body, url: html_url, state, labels, updatedIso: updated_at };
      return known({ type: "present", issue: facts, forgeIso: dateOf(outcome) });
    },

    async events(number) {
      const events = items(await pages(`GET ${ISSUE}/events`, { issue_number: number }), payloads.issueEvents);
      return events.known ? known(events.value.filter((event) => event !== null)) : events;
    },

    async permission(account: Account) {
      const outcome = await ask(`GET ${REPO}/collaborators/{username}/permission`, { username: account.login });
      if (outcome.type === "answer" && outcome.status === 404) {
        const stranger = await confirmedGone(outcome);
        return stranger.known ? known("none") : stranger;
      }
      const reading = readingOf(outcome, payloads.collaborator);
      if (!reading.known) return reading;
      const { permission, user } = reading.value;
      // A login may have passed to somebody else since; an id never does.
      return known(user && user.id !== account.id ? "none" : PERMISSIONS[permission]);
    },

    async isSelf(account) {
      const identity = await client.identity();
      if (!identity.known) return identity;
      return known(identity.value && isAccount(account, identity.value));
    },

    async blockers(number) {
      const read = await pages(`GET ${ISSUE}/dependencies/blocked_by`, { issue_number: number });
      if (read.type === "failed") return optional("dependencies", read.failure, []);
      const listed = mapped(items(read, payloads.blockingIssues), toBlocker);
      if (!listed.known) return listed;
      // The list leaves out what this token may not see; only the issue's own count tells that there is more.
      const issue = readingOf(await ask(`GET ${ISSUE}`, { issue_number: number }), payloads.dependencyCount);
      if (!issue.known) return issue;
      const total = issue.value.issue_dependencies_summary?.total_blocked_by ?? 0;
      return total > listed.value.length ? unread("a blocker is hidden from this token") : listed;
    },

    async blocker(name, number) {
      // Our own credentials: an app reads public repos with them that it is not installed in.
      const [owner, other] = name.split("/");
      const outcome = await ask(`GET ${ISSUE}`, { owner, repo: other, issue_number: number });
      if (outcome.type === "answer" && outcome.status === 410 && !isSwitchedOff(outcome))
        return known({ repo: name, number, state: "closed" });
      const reading = readingOf(outcome, payloads.blockingIssue);
      // What somebody named in a body may be closed to us: no token of ours to mend.
      return reading.known ? known({ repo: name, number, state: reading.value.state }) : unread(reading.why);
    },

    async head(branch) {
      const reading = readingOf(await ask(`GET ${REPO}/branches/{branch}`, { branch }), payloads.branch);
      return reading.known ? known(reading.value.commit.sha) : reading;
    },

    async compare(base, branch) {
      const read = await pages(`GET ${REPO}/compare/{basehead}`, { basehead: `${base}...${branch}` });
      const parts = listed(read, payloads.comparison, (part) => [part]);
      return parts.known ? joined(parts.value, base) : parts;
    },

    commit: (sha) => commitFacts(client, repo, sha),

    async file(path, branch) {
      const outcome = await ask(`GET ${REPO}/contents/{path}`, { path, ref: branch });
      if (outcome.type !== "answer" || outcome.status !== 404) return textOf(path, outcome);
      // The branch itself may be the one that is not there.
      const there = readingOf(await ask(`GET ${REPO}/branches/{branch}`, { branch }), payloads.branch);
      return there.known ? known(null) : there;
    },

    async addLabel(number, label) {
      return actOf(await ask(`POST ${ISSUE}/labels`, { issue_number: number, labels: [label] }));
    },

    async removeLabel(number, label) {
      return removalOf(await ask(`DELETE ${ISSUE}/labels/{name}`, { issue_number: number, name: label }));
    },

    async close(number) {
      const wish = { issue_number: number, state: "closed", state_reason: "completed" };
      return stateOf(await ask(`PATCH ${ISSUE}`, wish), "closed");
    },

    async reopen(number) {
      return stateOf(await ask(`PATCH ${ISSUE}`, { issue_number: number, state: "open" }), "open");
    },

    async comments(number) {
      const identity = await client.identity();
      if (!identity.known) return identity;
      const read = await pages(`GET ${ISSUE}/comments`, { issue_number: number });
      return mapped(items(read, payloads.comments), (comment) => ({
        id: comment.id,
        body: comment.body,
        ours: isOurs(comment, identity.value),
      }));
    },

    async comment(id) {
      const outcome = await ask(`GET ${COMMENT}`, { comment_id: id });
      if (outcome.type === "answer" && (outcome.status === 404 || outcome.status === 410)) {
        const gone = await confirmedGone(outcome);
        return gone.known ? known(null) : gone;
      }
      const reading = readingOf(outcome, payloads.commandComment);
      if (!reading.known) return reading;
      const { issue_url, body, user, created_at } = reading.value;
      const [, where = "", number = ""] = /^(.*)\/issues\/(\d{1,15})$/.exec(issue_url) ?? [];
      if (repoOf(where) !== `${repo.owner}/${repo.name}`.toLowerCase()) return known(null);
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
      const outcome = await ask(`POST ${ISSUE}/comments`, { issue_number: number, body });
      const failure = failureOf(outcome);
      if (failure) return actFailure(failure);
      const created = readingOf(outcome, payloads.created);
      return created.known
        ? done(created.value.id)
        : { type: "retry", why: created.why, auth: created.auth, afterMs: null };
    },

    async updateComment(id, body) {
      const outcome = await ask(`PATCH ${COMMENT}`, { comment_id: id, body });
      if (outcome.type === "answer" && (outcome.status === 404 || outcome.status === 410))
        return { type: "refused", why: `the comment is gone (${outcome.status})` };
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

const PERMISSIONS: Record<z.output<typeof payloads.collaborator>["permission"], Permission> = {
  admin: "admin",
  maintain: "write",
  write: "write",
  triage: "read",
  read: "read",
  none: "none",
};

function toBlocker(issue: z.output<typeof payloads.blockingIssue>): Blocker {
  return { repo: repoOf(issue.repository_url), number: issue.number, state: issue.state };
}

/** `owner/name`, lower-cased, of an API URL that ends in it. */
function repoOf(url: string): string {
  return url.split("/").slice(-2).join("/").toLowerCase();
}

/** An installation's token is not told whose it is; what it writes carries an app all the same. */
function isOurs(comment: z.output<typeof payloads.comment>, identity: Identity | null): boolean {
  if (identity === null) return comment.performed_via_github_app != null;
  if (identity.type === "app" && comment.performed_via_github_app?.id === identity.id) return true;
  return comment.user ? isAccount(comment.user, identity) : false;
}

/** An app's own account has an id the app is not told; its login is reserved for it. */
function isAccount(account: { id: string; login: string }, identity: Identity): boolean {
  if (identity.type === "user") return account.id === identity.id;
  return account.login.toLowerCase() === `${identity.slug}[bot]`.toLowerCase();
}

function joined(parts: z.output<typeof payloads.comparison>[], base: string): Reading<Comparison> {
  const first = parts[0];
  const commits = parts.flatMap((part) => part.commits.map(({ sha, commit }) => ({ sha, message: commit.message })));
  // A push between two pages would leave a gap; only a whole list is an answer.
  if (!first || commits.length !== first.total_commits) return unread("the comparison changed while it was read");
  if (first.status === "identical") return known({ head: base, commits: [] });
  // Behind: the branch was set back, to the very commit where the two meet.
  return known({ head: commits.at(-1)?.sha ?? first.merge_base_commit.sha, commits });
}

function isSwitchedOff(outcome: Outcome): boolean {
  return outcome.type === "answer" && /disabled/i.test(messageOf(outcome.data));
}
