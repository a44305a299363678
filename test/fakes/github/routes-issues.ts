/** Issues, their events, labels and dependencies. */

import { field, isRecord, namesOf } from "../forge/request-body.ts";
import { type Answer, created, invalid, notFound, ok, paged, refused, unplayed } from "./answer.ts";
import type { Call, Handler, Routes } from "./call.ts";
import * as dependencies from "./dependency-acts.ts";
import * as acts from "./issue-acts.ts";
import { withRepo } from "./routes-repo.ts";
import type { Issue, Repo, StateReason } from "./state.ts";
import { blockedByThis, blockersOf, issueEventView, issueView, labelsOf, labelView } from "./views-issue.ts";
import { findAccount, fullName, issueById, isThere, mayRead, mayTriage, type Place, repoById } from "./world.ts";

export const TITLE_CHARS_MAX = 256;
export const BODY_CHARS_MAX = 65_536;
const BLOCKERS_MAX = 50;
const ISSUE_PATH = "/repos/{owner}/{repo}/issues/{issue_number}";
export const ARCHIVED = refused(403, "Repository was archived so is read-only.");
const SWITCHED_OFF = refused(410, "Issues are disabled for this repo");
const NOT_ALLOWED = refused(403, "Must have admin rights to Repository.");

type IssueHandler = (call: Call, place: Place) => Answer;

export const issueRoutes: Routes = {
  "GET /repos/{owner}/{repo}/issues": withRepo(listIssues),
  "POST /repos/{owner}/{repo}/issues": withRepo(createIssue),
  [`GET ${ISSUE_PATH}`]: withIssue(
    ({ world, viewer }, { repo, issue }) => ok(issueView(world, repo, issue, viewer)),
    redirectTransferred,
  ),
  [`PATCH ${ISSUE_PATH}`]: writing(patchIssue),
  [`GET ${ISSUE_PATH}/events`]: withIssue(({ world, query }, { repo, issue }) =>
    paged(issue.events, query, (event) => issueEventView(world, repo, event)),
  ),
  [`GET ${ISSUE_PATH}/labels`]: withIssue(({ world, query }, { repo, issue }) =>
    paged(labelsOf(repo, issue), query, (label) => labelView(world, repo, label)),
  ),
  [`POST ${ISSUE_PATH}/labels`]: writing(addLabels),
  [`DELETE ${ISSUE_PATH}/labels/{name}`]: writing(removeLabel),
  [`GET ${ISSUE_PATH}/dependencies/blocked_by`]: withIssue(({ world, viewer, query }, { issue }) =>
    paged(blockersOf(world, issue, viewer), query, (each) => issueView(world, each.repo, each.issue, viewer)),
  ),
  [`GET ${ISSUE_PATH}/dependencies/blocking`]: withIssue(({ world, viewer, query }, { issue }) =>
    paged(blockedByThis(world, issue, viewer), query, (each) => issueView(world, each.repo, each.issue, viewer)),
  ),
  [`POST ${ISSUE_PATH}/dependencies/blocked_by`]: writing(addBlocker),
  [`DELETE ${ISSUE_PATH}/dependencies/blocked_by/{issue_id}`]: writing(removeBlocker),
};

/** The issue a path names: 410 for a deleted one, and for a transferred one what the route says, else 404. */
export function withIssue(handler: IssueHandler, transferred: IssueHandler = () => notFound): Handler {
  return withRepo((call, repo) => {
    if (!repo.issuesEnabled) return SWITCHED_OFF;
    const issue = repo.issues.find((each) => each.number === Number(call.params.issue_number));
    if (issue === undefined) return notFound;
    if (issue.deleted) return refused(410, "This issue was deleted");
    return issue.transferredTo === null ? handler(call, { repo, issue }) : transferred(call, { repo, issue });
  });
}

/** Only the read of the issue itself is redirected; measured, its comments and events are 404. */
function redirectTransferred({ world, viewer }: Call, { issue }: Place): Answer {
  const moved = issue.transferredTo;
  if (moved === null || !mayRead(repoById(world, moved.repo), viewer)) return notFound;
  return { ...refused(301, "Moved Permanently"), location: `/repositories/${moved.repo}/issues/${moved.number}` };
}

export function writing(handler: IssueHandler): Handler {
  return withIssue((call, place) => (place.repo.archived ? ARCHIVED : handler(call, place)));
}

const LIST_FILTERS_UNPLAYED = ["milestone", "assignee", "type", "mentioned", "issue_field_values"];

function listIssues({ world, viewer, query }: Call, repo: Repo): Answer {
  if (!repo.issuesEnabled) return SWITCHED_OFF;
  const filter = LIST_FILTERS_UNPLAYED.find((name) => query.has(name));
  if (filter !== undefined) return unplayed(`the issue filter ${filter}`);
  const state = query.get("state") ?? "open";
  const sort = query.get("sort") ?? "created";
  const direction = query.get("direction") ?? "desc";
  if (!["open", "closed", "all"].includes(state)) return invalid("Issue", "state", "invalid");
  if (!["created", "updated", "comments"].includes(sort)) return invalid("Issue", "sort", "invalid");
  if (!["asc", "desc"].includes(direction)) return invalid("Issue", "direction", "invalid");
  const since = query.get("since");
  if (since !== null && Number.isNaN(Date.parse(since))) return invalid("Issue", "since", "invalid");
  const labels = (query.get("labels") ?? "")
    .split(",")
    .flatMap((name) => (name.trim() === "" ? [] : [name.trim().toLowerCase()]));
  const creator = query.get("creator");
  const author = creator === null ? undefined : findAccount(world, creator);
  const matching = repo.issues.filter(
    (issue) =>
      isThere(issue) &&
      (state === "all" || issue.state === state) &&
      (creator === null || issue.by === author?.id) &&
      (since === null || Date.parse(issue.updatedAt) >= Date.parse(since)) &&
      labels.every((wanted) => labelsOf(repo, issue).some((label) => label.name.toLowerCase() === wanted)),
  );
  matching.sort((a, b) => rank(a, sort) - rank(b, sort) || a.number - b.number);
  if (direction === "desc") matching.reverse();
  return paged(matching, query, (issue) => issueView(world, repo, issue, viewer));
}

function rank(issue: Issue, sort: string): number {
  return sort === "comments"
    ? issue.comments.length
    : Date.parse(sort === "updated" ? issue.updatedAt : issue.createdAt);
}

/** By anybody who may read the repository. */
function createIssue({ world, viewer, body }: Call, repo: Repo): Answer {
  if (!repo.issuesEnabled) return SWITCHED_OFF;
  if (repo.archived) return ARCHIVED;
  const fields = isRecord(body) ? body : {};
  const other = Object.keys(fields).find((key) => key !== "title" && key !== "body");
  if (other !== undefined) return unplayed(`a new issue's ${other}`);
  const { title, body: text = null } = fields;
  if (typeof title !== "string" || title.trim() === "") return invalid("Issue", "title", "missing_field");
  if (text !== null && typeof text !== "string") return invalid("Issue", "body", "invalid");
  if (title.length > TITLE_CHARS_MAX || (text ?? "").length > BODY_CHARS_MAX) return invalid("Issue", "body", "custom");
  const issue = acts.openIssue(world, repo, viewer, { title, body: text });
  acts.emitIssue(world, { repo, issue }, viewer, "opened", {});
  return created(issueView(world, repo, issue, viewer));
}

const PATCH_FIELDS_PLAYED = ["title", "body", "state", "state_reason", "labels"];
const REASONS: unknown[] = ["completed", "not_planned", "duplicate", "reopened"];

function patchIssue(call: Call, place: Place): Answer {
  const { world, viewer, body = {} } = call;
  if (!isRecord(body)) return refused(400, "Body should be a JSON object");
  const other = Object.keys(body).find((key) => !PATCH_FIELDS_PLAYED.includes(key));
  if (other !== undefined) return unplayed(`PATCH of an issue's ${other}`);
  const { title, body: text, state, state_reason: reason, labels } = body;
  const triage = mayTriage(place.repo, viewer);
  if (!triage && place.issue.by !== viewer.id) return NOT_ALLOWED;
  if (title !== undefined && (typeof title !== "string" || title.trim() === ""))
    return invalid("Issue", "title", "missing_field");
  if (typeof title === "string" && title.length > TITLE_CHARS_MAX)
    return invalid("Issue", "title", "custom", "title is too long (maximum is 256 characters)");
  if (text !== undefined && text !== null && typeof text !== "string") return invalid("Issue", "body", "invalid");
  if (typeof text === "string" && text.length > BODY_CHARS_MAX)
    return invalid("Issue", "body", "custom", "body is too long (maximum is 65536 characters)");
  if (state !== undefined && state !== "open" && state !== "closed") return invalid("Issue", "state", "invalid");
  if (reason !== undefined && reason !== null && !REASONS.includes(reason))
    return invalid("Issue", "state_reason", "invalid");
  const names = labels === undefined ? undefined : namesOf(labels);
  if (labels !== undefined && names === undefined) return invalid("Issue", "labels", "invalid");
  acts.editIssue(world, place, viewer, {
    ...(title === undefined ? {} : { title }),
    ...(text === undefined ? {} : { body: text }),
  });
  // Without the right to triage, a change of labels is dropped in silence.
  if (names !== undefined && triage) replaceLabels(call, place, names);
  if (state === "closed") acts.closeIssue(world, place, viewer, { reason: reasonOf(reason) });
  if (state === "open") {
    if (place.issue.pull?.merged) return invalid("Issue", "state", "invalid");
    acts.reopenIssue(world, place, viewer);
  }
  return ok(issueView(world, place.repo, place.issue, viewer));
}

function reasonOf(asked: unknown): StateReason {
  return asked === "not_planned" || asked === "duplicate" ? asked : "completed";
}

function replaceLabels({ world, viewer }: Call, place: Place, names: string[]): void {
  const wanted = names.map((name) => name.toLowerCase());
  for (const label of labelsOf(place.repo, place.issue)) {
    if (!wanted.includes(label.name.toLowerCase())) acts.removeLabel(world, place, viewer, label.name);
  }
  for (const name of names) acts.addLabel(world, place, viewer, name);
}

function addLabels({ world, viewer, body }: Call, place: Place): Answer {
  if (!mayTriage(place.repo, viewer)) return NOT_ALLOWED;
  const names = namesOf(field(body, "labels"));
  if (names === undefined || names.length === 0) return invalid("Label", "name", "missing_field");
  for (const name of names) acts.addLabel(world, place, viewer, name);
  return ok(labelsOf(place.repo, place.issue).map((label) => labelView(world, place.repo, label)));
}

function removeLabel({ world, viewer, params }: Call, place: Place): Answer {
  if (!mayTriage(place.repo, viewer)) return NOT_ALLOWED;
  if (!acts.removeLabel(world, place, viewer, params.name ?? "")) return refused(404, "Label does not exist");
  return ok(labelsOf(place.repo, place.issue).map((label) => labelView(world, place.repo, label)));
}

function addBlocker({ world, viewer, body }: Call, { repo, issue }: Place): Answer {
  if (!mayTriage(repo, viewer)) return NOT_ALLOWED;
  const id = field(body, "issue_id");
  if (!Number.isInteger(id)) return invalid("IssueDependency", "issue_id", "invalid");
  const blocker = issueById(world, Number(id));
  if (blocker === undefined || !mayRead(blocker.repo, viewer)) return notFound;
  if (blocker.issue.id === issue.id)
    return invalid("IssueDependency", "issue_id", "custom", "An issue cannot block itself");
  if (issue.blockedBy.includes(blocker.issue.id)) return invalid("IssueDependency", "issue_id", "already_exists");
  if (issue.blockedBy.length >= BLOCKERS_MAX)
    return invalid("IssueDependency", "issue_id", "custom", `${fullName(repo)}#${issue.number} has too many blockers`);
  dependencies.addBlocker(world, { repo, issue }, viewer, blocker.issue.id);
  return created(issueView(world, repo, issue, viewer));
}

function removeBlocker({ world, viewer, params }: Call, { repo, issue }: Place): Answer {
  if (!mayTriage(repo, viewer)) return NOT_ALLOWED;
  const id = Number(params.issue_id);
  if (!issue.blockedBy.includes(id)) return notFound;
  dependencies.removeBlocker(world, { repo, issue }, viewer, id);
  return ok(issueView(world, repo, issue, viewer));
}
