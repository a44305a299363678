/**
 * The port Tracker, on GitHub. Translates and decides nothing.
 *
 *   a list that does not end within its bound ... unread; candidates alone may be cut, the next look sees the rest
 *   404 ......................................... an answer only while the repo itself can be read; else unread
 *   410 ......................................... deleted, unless the repo's issues are switched off
 */
import { carries } from "../../core/issue-record.ts";
import {
  type Account,
  type Blocker,
  done,
  type IssueReading,
  known,
  type Permission,
  type Reading,
  type RepoName,
  retryUnread,
  unread,
} from "../../core/types.ts";
import type * as z from "../../zod.ts";
import { repoPayload, toRepoFacts } from "../repo-facts.ts";
import { actOf, dateOf, readingOf, removalOf, stateOf } from "../results.ts";
import type { Tracker } from "../tracker.ts";
import type { GithubClient } from "./client.ts";
import { createCode } from "./code.ts";
import { createComments } from "./comments.ts";
import { isAccount } from "./credentials.ts";
import { confirmedGone, foundOrGone, isSwitchedOff, readRepo } from "./gone.ts";
import { askGraphql, graphqlReading } from "./graphql.ts";
import { optional } from "./optional-reads.ts";
import { items, mapped, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";

const CANDIDATE_PAGES_MAX = 10;

const REPO = "/repos/{owner}/{repo}";
const ISSUE = `${REPO}/issues/{issue_number}`;

/** The one thing only GraphQL tells: when a body was last edited. */
const LAST_EDITED = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { issue(number: $number) { lastEditedAt } }
}`;

export function createGithubTracker(client: GithubClient, repo: RepoName): Tracker {
  const ask = (route: string, parameters?: Record<string, unknown>) => client.request(repo, route, parameters);
  const pages = (route: string, parameters: Record<string, unknown>, pagesMax?: number) =>
    readPages(client, repo, route, parameters, pagesMax);

  async function lastEditedIso(number: number): Promise<Reading<string | null>> {
    const variables = { owner: repo.owner, name: repo.name, number };
    const reading = graphqlReading(await askGraphql(client, repo, LAST_EDITED, variables), payloads.lastEdited);
    return reading.known ? known(reading.value.repository.issue.lastEditedAt) : reading;
  }

  /** A redirect led to it: in our repo, under its new name, or transferred to another. Names change between two reads, ids do not. */
  async function isOurs(fullName: string): Promise<Reading<boolean>> {
    const now = await readRepo(client, repo);
    if (!now.known) return now;
    if (now.value.full_name.toLowerCase() === fullName) return known(true);
    const [owner, name] = fullName.split("/");
    const there = readingOf(await client.request(repo, `GET ${REPO}`, { owner, repo: name }), repoPayload);
    return there.known ? known(there.value.id === now.value.id) : there;
  }

  return {
    ...createCode(client, repo),
    ...createComments(client, repo),

    pin: { type: "last_edit", lastEditedIso },

    // Every server that speaks this API is served.
    unfit: async () => known(null),

    async repo() {
      const reading = await readRepo(client, repo);
      return reading.known ? known(toRepoFacts(reading.value)) : reading;
    },

    async candidates(label) {
      const filter = { labels: label, state: "open", sort: "created", direction: "asc" };
      const issues = items(
        await pages(`GET ${REPO}/issues`, filter, CANDIDATE_PAGES_MAX),
        payloads.listedIssues,
        "cut",
      );
      if (!issues.known) return issues;
      return known(
        issues.value
          .filter((issue) => issue.state === "open" && !issue.pull_request)
          .filter((issue) => carries(issue.labels, label))
          .map(({ id, number, labels }) => ({ id, number, labels })),
      );
    },

    async issue(number): Promise<Reading<IssueReading>> {
      const outcome = await ask(`GET ${ISSUE}`, { issue_number: number });
      const reading = await foundOrGone(client, outcome, repo, payloads.issue);
      if (!reading.known) return reading;
      if (reading.value === null) return known({ type: "gone" });
      const { id, title, body, html_url, state, labels, updated_at, repository_url } = reading.value;
      // Transferred away and back: it lives on under another number, and that is another issue to us.
      if (reading.value.number !== number) return known({ type: "gone" });
      if (payloads.repoOf(repository_url) !== `${repo.owner}/${repo.name}`.toLowerCase()) {
        const ours = await isOurs(payloads.repoOf(repository_url));
        if (!ours.known) return ours;
        if (!ours.value) return known({ type: "gone" });
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
      const reading = await foundOrGone(client, outcome, repo, payloads.collaborator, [404]);
      if (!reading.known) return reading;
      if (reading.value === null) return known("none");
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

    async addLabel(number, label) {
      const outcome = await ask(`POST ${ISSUE}/labels`, { issue_number: number, labels: [label] });
      if (outcome.type !== "answer" || outcome.status !== 404) return actOf(outcome);
      // While the repo is hidden from us the label is still owed.
      const gone = await confirmedGone(client, repo, outcome);
      return gone.known ? actOf(outcome) : retryUnread(gone);
    },

    async removeLabel(number, label) {
      const outcome = await ask(`DELETE ${ISSUE}/labels/{name}`, { issue_number: number, name: label });
      if (outcome.type !== "answer" || (outcome.status !== 404 && outcome.status !== 410)) return removalOf(outcome);
      // Not on any more; or the repo is hidden from us, or its issues are switched off, and the label stays on.
      const gone = await confirmedGone(client, repo, outcome);
      return gone.known ? done(null) : retryUnread(gone);
    },

    async close(number) {
      const wish = { issue_number: number, state: "closed", state_reason: "completed" };
      return stateOf(await ask(`PATCH ${ISSUE}`, wish), "closed");
    },

    async reopen(number) {
      return stateOf(await ask(`PATCH ${ISSUE}`, { issue_number: number, state: "open" }), "open");
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
  return { repo: payloads.repoOf(issue.repository_url), number: issue.number, state: issue.state };
}
