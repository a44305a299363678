/** Issues and their timelines. */
import { field, isRecord } from "../forge/request-body.ts";
import {
  type Answer,
  created,
  forbidden,
  noContent,
  notFound,
  ok,
  paged,
  pageOf,
  refused,
  required,
  unplayed,
} from "./answer.ts";
import { type Call, changing, type Handler, issueIn, type OwnCall, type Routes, withRepo } from "./call.ts";
import * as acts from "./issue-acts.ts";
import type { Entry, Repo } from "./state.ts";
import { entryView, issueView } from "./views-issue.ts";
import { findAccount, issueById, mayAdminister, mayRead, mayWriteIssues, type Place } from "./world.ts";

export const ISSUE = "/repos/{owner}/{repo}/issues/{index}";
const OPEN_DEPENDENCIES = refused(412, "cannot close this issue because it still has open dependencies");

export const issueRoutes: Routes = {
  "GET /repos/{owner}/{repo}/issues": withRepo(listIssues),
  "POST /repos/{owner}/{repo}/issues": changing(createIssue),
  [`GET ${ISSUE}`]: withIssue(({ world }, { repo, issue }) => ok(issueView(world, repo, issue))),
  [`PATCH ${ISSUE}`]: writing(patchIssue),
  [`DELETE ${ISSUE}`]: writing(({ viewer }, place) => {
    if (!mayAdminister(place.repo, viewer)) return forbidden;
    acts.deleteIssue(place);
    return noContent;
  }),
  [`GET ${ISSUE}/timeline`]: withIssue(timeline),
};

export function withIssue(handler: (call: Call, place: Place) => Answer): Handler {
  return withRepo((call, repo) => {
    const place = issueIn(repo, call);
    return place === undefined ? notFound : handler(call, place);
  });
}

/** By whoever is known; what each may is the handler's matter. */
export function writing(handler: (call: OwnCall, place: Place) => Answer): Handler {
  return changing((call, repo) => {
    const place = issueIn(repo, call);
    return place === undefined ? notFound : handler(call, place);
  });
}

/**
 * Which labels the filter asks for, by id: every label of each name, also of those two that bear the same one. A name
 * nobody defined is dropped; where none is left, every issue has all that is asked for: nothing is filtered at all.
 */
function wantedLabels(repo: Repo, query: URLSearchParams): number[] {
  const names = (query.get("labels") ?? "").split(",").filter((name) => name !== "");
  return repo.labels.filter((label) => names.includes(label.name)).map((label) => label.id);
}

const FILTERS_UNPLAYED = ["q", "milestones", "assigned_by", "mentioned_by"];

/** Newest first. Without `type` the pull requests are among them. */
function listIssues({ world, query }: Call, repo: Repo): Answer {
  const filter = FILTERS_UNPLAYED.find((name) => query.has(name));
  if (filter !== undefined) return unplayed(`the issue filter ${filter}`);
  if (!repo.issuesEnabled) return notFound;
  const times = timesIn(query);
  if (times === undefined) return refused(422, "parsing time: cannot parse");
  const state = query.get("state");
  const type = query.get("type");
  const labels = wantedLabels(repo, query);
  const creator = query.get("created_by");
  const author = creator === null ? undefined : findAccount(world, creator);
  if (creator !== null && author === undefined) return notFound;
  const matching = repo.issues.filter(
    (issue) =>
      (state === "all" || issue.state === (state === "closed" ? "closed" : "open")) &&
      (type === "issues" ? issue.pull === null : type !== "pulls" || issue.pull !== null) &&
      (author === undefined || issue.by === author.id) &&
      labels.every((id) => issue.labels.includes(id)) &&
      within(times, issue.updatedAt),
  );
  return paged(matching.reverse(), query, (issue) => issueView(world, repo, issue));
}

/**
 * Oldest first, by page and limit, without a Link; X-Total-Count counts this page, and beyond the end the body is `null`.
 * Entries of some kinds, and references from where the caller may not read, are taken out after paging, so a short page is
 * not the last.
 */
function timeline({ world, viewer, query }: Call, { repo, issue }: Place): Answer {
  const times = timesIn(query);
  if (times === undefined) return refused(422, "parsing time: cannot parse");
  const { slice } = pageOf(
    issue.timeline.filter((entry) => within(times, entry.updatedAt)),
    query,
  );
  const isRead = ({ refIssue }: Entry) => {
    const from = refIssue === null ? undefined : issueById(world, refIssue);
    return from === undefined || mayRead(from.repo, viewer ?? undefined);
  };
  const shown = slice
    .filter((entry) => entry.type !== "code" && isRead(entry))
    .map((entry) => entryView(world, repo, issue, entry));
  return { status: 200, body: shown.length === 0 ? null : shown, total: shown.length };
}

/** `since` and `before`, in milliseconds; undefined when either cannot be read. */
export function timesIn(query: URLSearchParams): { since: number; before: number } | undefined {
  const since = query.get("since") ? Date.parse(query.get("since") ?? "") : Number.NEGATIVE_INFINITY;
  const before = query.get("before") ? Date.parse(query.get("before") ?? "") : Number.POSITIVE_INFINITY;
  return Number.isNaN(since) || Number.isNaN(before) ? undefined : { since, before };
}

export function within({ since, before }: { since: number; before: number }, at: string): boolean {
  return Date.parse(at) >= since && Date.parse(at) <= before;
}

const NEW_FIELDS = ["title", "body", "labels", "assignees", "assignee", "closed", "ref", "due_date", "milestone"];

/** Labels by number only: a name does not even fit the field. */
function createIssue({ world, viewer, body }: OwnCall, repo: Repo): Answer {
  const title = field(body, "title");
  const text = field(body, "body") ?? "";
  const labels = field(body, "labels") ?? [];
  const other = isRecord(body) ? Object.keys(body).find((key) => !NEW_FIELDS.includes(key)) : undefined;
  if (other !== undefined) return unplayed(`a new issue's ${other}`);
  if (!Array.isArray(labels) || !labels.every((label) => Number.isInteger(label)))
    return refused(422, "json: cannot unmarshal string into Go struct field CreateIssueOption.labels of type int64");
  if (typeof title !== "string" || title === "") return required("Title");
  if (typeof text !== "string") return refused(422, "json: cannot unmarshal into CreateIssueOption.body");
  // A stranger's labels are dropped in silence.
  const asked = mayWriteIssues(repo, viewer) ? labels.map(Number) : [];
  const given = repo.labels.filter((label) => asked.includes(label.id));
  return created(issueView(world, repo, acts.openIssue(world, repo, viewer, { title, body: text, labels: given })));
}

const PATCH_UNPLAYED = ["assignee", "assignees", "milestone", "due_date", "ref"];

/** 201, as if it were new. There is no reason for closing. Fields nobody knows are not read. */
function patchIssue({ world, viewer, body }: OwnCall, place: Place): Answer {
  const { repo, issue } = place;
  if (issue.by !== viewer.id && !mayWriteIssues(repo, viewer)) return forbidden;
  const { title, body: text, state } = isRecord(body) ? body : {};
  const other = isRecord(body) ? Object.keys(body).find((key) => PATCH_UNPLAYED.includes(key)) : undefined;
  if (other !== undefined) return unplayed(`PATCH of an issue's ${other}`);
  for (const [name, value] of Object.entries({ title, body: text, state }))
    if (value !== undefined && value !== null && typeof value !== "string")
      return refused(422, `json: cannot unmarshal into Go struct field EditIssueOption.${name} of type string`);
  if (typeof state === "string" && state !== "open" && state !== "closed")
    return refused(412, `unknown state: ${state}`);
  acts.editIssue(world, place, viewer, {
    ...(typeof title === "string" && title !== "" ? { title } : {}),
    ...(typeof text === "string" ? { body: text } : {}),
  });
  if (state === "closed" && !acts.closeIssue(world, place, viewer)) return OPEN_DEPENDENCIES;
  if (state === "open") acts.reopenIssue(world, place, viewer);
  return created(issueView(world, repo, issue));
}
