/**
 * The port Tracker, on Forgejo. Translates and decides nothing.
 *
 *   a list that does not end within its bound ... unread; candidates asked for by their label alone may be cut, as the
 *                                                 next look sees the rest
 *   404 ......................................... an answer only while the repo itself can be read; else unread
 *   a name the server does not know ............. drops the label filter: where a list is long, the label is looked up first
 */
import { carries } from "../../core/issue-record.ts";
import { sameName } from "../../core/same-name.ts";
import {
  type Account,
  type Candidate,
  done,
  type IssueReading,
  known,
  type Reading,
  type RepoName,
  retry,
  retryUnread,
  unread,
} from "../../core/types.ts";
import { toRepoFacts } from "../repo-facts.ts";
import { actFailure, dateOf, failureOf, readingOf, removalOf, stateOf } from "../results.ts";
import type { Tracker } from "../tracker.ts";
import { type ForgejoClient, isAccount } from "./client.ts";
import { createCode } from "./code.ts";
import { createComments } from "./comments.ts";
import { closersOf } from "./commits.ts";
import { foundOrGone } from "./gone.ts";
import { type Query, repoPath } from "./http.ts";
import { createLabels } from "./labels.ts";
import { optional } from "./optional-reads.ts";
import { entriesOf, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";
import { recordOf, suspectsOf } from "./timeline.ts";

const CANDIDATE_PAGES_MAX = 10;

export function createForgejoTracker(client: ForgejoClient, repo: RepoName): Tracker {
  const { http } = client;
  const labels = createLabels(client, repo);
  const issuePath = (number: number, ...parts: string[]) => repoPath(repo, "issues", number, ...parts);

  /** All that may be candidates. */
  async function openIssues(label: string): Promise<Reading<payloads.Issue[]>> {
    const open = { type: "issues", state: "open" };
    const list = (query: Query, most: { pagesMax?: number }) =>
      readPages(http, `GET ${repoPath(repo, "issues")}`, query, payloads.issues, most);
    // Mostly that is all there are, and no filter has to be relied on.
    const few = await list(open, { pagesMax: 1 });
    if (few.type === "failed" || few.complete) return entriesOf(few);
    const filter = await labels.filter(label);
    if (!filter.known) return filter;
    switch (filter.value.type) {
      case "none":
        return known([]);
      case "by name":
        return entriesOf(await list({ ...open, labels: filter.value.name }, { pagesMax: CANDIDATE_PAGES_MAX }), "cut");
      case "unasked":
        return entriesOf(await list(open, {}));
      default:
        return filter.value satisfies never;
    }
  }

  return {
    ...createCode(client, repo),
    ...createComments(client, repo),

    pin: { type: "sightings" },

    unfit: () => client.unfit(),

    async repo() {
      const reading = readingOf(await http.request(`GET ${repoPath(repo)}`), payloads.repo);
      return reading.known ? known(toRepoFacts(reading.value)) : reading;
    },

    async candidates(label) {
      const wanted = (issue: payloads.Issue) => carries(issue.labels, label);
      const issues = await openIssues(label);
      if (!issues.known) return issues;
      return known(
        issues.value.filter((issue) => issue.state === "open" && !issue.pull_request && wanted(issue)).map(toCandidate),
      );
    },

    async issue(number): Promise<Reading<IssueReading>> {
      const outcome = await http.request(`GET ${issuePath(number)}`);
      const reading = await foundOrGone(client, outcome, repo, payloads.issue);
      if (!reading.known) return reading;
      if (reading.value === null) return known({ type: "gone" });
      const { id, title, body, html_url, state, labels, updated_at } = reading.value;
      const issue = { id, number, title, body, url: html_url, state, labels, updatedIso: updated_at };
      return known({ type: "present", issue, forgeIso: dateOf(outcome) });
    },

    async events(number) {
      const route = `GET ${issuePath(number, "timeline")}`;
      const entries = entriesOf(await readPages(http, route, {}, payloads.timeline, { list: "thinned" }));
      if (!entries.known) return entries;
      const closers = await closersOf(client, repo, suspectsOf(entries.value), number);
      return closers.known ? known(recordOf(entries.value, closers.value)) : closers;
    },

    async permission(account: Account) {
      const outcome = await http.request(`GET ${repoPath(repo, "collaborators", account.login, "permission")}`);
      const reading = await foundOrGone(client, outcome, repo, payloads.collaborator);
      if (!reading.known) return reading;
      // A login may have passed to somebody else since; an id never does.
      const isAnother = reading.value?.user && reading.value.user.id !== account.id;
      return known(reading.value === null || isAnother ? "none" : reading.value.permission);
    },

    async isSelf(account) {
      const identity = await client.identity();
      return identity.known ? known(isAccount(account, identity.value)) : identity;
    },

    async blockers(number) {
      const read = await readPages(http, `GET ${issuePath(number, "dependencies")}`, {}, payloads.dependencies);
      if (read.type === "failed") return optional("dependencies", read.failure, []);
      const found = entriesOf(read);
      if (!found.known) return found;
      const here = `${repo.owner}/${repo.name}`;
      return known(
        found.value.map((one) => ({
          repo: (one.repository?.full_name ?? here).toLowerCase(),
          number: one.number,
          state: one.state,
        })),
      );
    },

    async blocker(name, number) {
      const [owner = "", other = ""] = name.split("/");
      const where = { ...repo, owner, name: other };
      const outcome = await http.request(`GET ${repoPath(where, "issues", number)}`);
      const reading = await foundOrGone(client, outcome, where, payloads.issueState);
      // What somebody named in a body may be closed to us: no token of ours to mend.
      if (!reading.known) return unread(reading.why);
      return known({ repo: name, number, state: reading.value?.state ?? "closed" });
    },

    async addLabel(number, label) {
      const id = await labels.ensure(label);
      if (id.type !== "done") return id;
      const outcome = await http.request(`POST ${issuePath(number, "labels")}`, { body: { labels: [id.value] } });
      const failure = failureOf(outcome);
      if (failure) return actFailure(failure);
      const on = readingOf(outcome, payloads.labels);
      if (!on.known) return retryUnread(on);
      // What is not known is left out in silence.
      return on.value.some((one) => one.id === id.value) ? done(null) : retry("the label was not put on");
    },

    // By id: two labels may bear one name, and an organization's is not found by its name.
    async removeLabel(number, label) {
      const outcome = await http.request(`GET ${issuePath(number, "labels")}`);
      const on = await foundOrGone(client, outcome, repo, payloads.labels);
      if (!on.known) return retryUnread(on);
      for (const { id } of (on.value ?? []).filter(({ name }) => sameName(name, label))) {
        const removed = removalOf(await http.request(`DELETE ${issuePath(number, "labels", String(id))}`));
        if (removed.type !== "done") return removed;
      }
      return done(null);
    },

    async close(number) {
      return stateOf(await http.request(`PATCH ${issuePath(number)}`, { body: { state: "closed" } }), "closed");
    },

    async reopen(number) {
      return stateOf(await http.request(`PATCH ${issuePath(number)}`, { body: { state: "open" } }), "open");
    },
  };
}

function toCandidate({ id, number, labels, title, body, updated_at }: payloads.Issue): Candidate {
  return { id, number, labels, seen: { title, body, updatedIso: updated_at, labels } };
}
