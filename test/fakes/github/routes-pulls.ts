/** Pull requests, their reviews, and their merge. */
import { field, isRecord } from "../forge/request-body.ts";
import { type Answer, created, invalid, notFound, ok, paged, refused } from "./answer.ts";
import type { Call, Handler, Routes } from "./call.ts";
import { FILES_MAX, filesOfPull } from "./changed-files.ts";
import * as acts from "./issue-acts.ts";
import { findPull, openPull, type PullPlace, pullsOf } from "./pull-acts.ts";
import { mergePull } from "./pull-merges.ts";
import { standingOf } from "./pull-rules.ts";
import { settle } from "./pull-settling.ts";
import { reply } from "./review-acts.ts";
import { ARCHIVED, BODY_CHARS_MAX, TITLE_CHARS_MAX } from "./routes-issues.ts";
import { withRepo } from "./routes-repo.ts";
import type { MergeMethod, Repo } from "./state.ts";
import { fileView } from "./views-git.ts";
import { pullView, reviewCommentView, reviewView, simplePullView } from "./views-pull.ts";
import { mayPush, mayTriage } from "./world.ts";

const PULLS = "/repos/{owner}/{repo}/pulls";
const PULL = `${PULLS}/{pull_number}`;
const NOT_ALLOWED = refused(403, "Resource not accessible by personal access token");
const METHODS: MergeMethod[] = ["merge", "squash", "rebase"];

export const pullRoutes: Routes = {
  [`GET ${PULLS}`]: withRepo(listPulls),
  [`POST ${PULLS}`]: withRepo(createPull),
  [`GET ${PULL}`]: withPull(async ({ world }, place) => ok(await shown(world, place))),
  [`PATCH ${PULL}`]: withPull(patchPull),
  [`PUT ${PULL}/merge`]: withPull(merge),
  [`GET ${PULL}/files`]: withPull(async ({ world, query }, place) =>
    paged((await filesOfPull(world, place)).slice(0, FILES_MAX), query, (file) =>
      fileView(world, place.repo, place.pull.headSha, file),
    ),
  ),
  [`GET ${PULL}/reviews`]: withPull(({ world, query }, place) =>
    paged(place.pull.reviews, query, (review) => reviewView(world, place, review)),
  ),
  [`GET ${PULL}/comments`]: withPull(({ world, query }, place) =>
    paged(place.pull.reviewComments, query, (comment) => reviewCommentView(world, place, comment)),
  ),
  [`POST ${PULL}/comments/{comment_id}/replies`]: withPull(createReply),
};

type PullHandler = (call: Call, place: PullPlace) => Answer | Promise<Answer>;

function withPull(handler: PullHandler): Handler {
  return withRepo((call, repo) => {
    const place = findPull(repo, Number(call.params.pull_number));
    return place === undefined ? notFound : handler(call, place);
  });
}

async function shown(world: Call["world"], place: PullPlace): Promise<Record<string, unknown>> {
  const standing = await standingOf(world, place.repo, place.issue, place.pull);
  return { ...pullView(world, place, standing), changed_files: (await filesOfPull(world, place)).length };
}

function listPulls({ world, query }: Call, repo: Repo): Answer {
  const { state = "open", head, base, sort = "created", direction = "desc" } = Object.fromEntries(query);
  if (!["open", "closed", "all"].includes(state)) return invalid("PullRequest", "state", "invalid");
  if (sort !== "created") return refused(501, "the GitHub stand-in does not play pull requests sorted otherwise");
  const found = pullsOf(repo).filter(
    ({ issue, pull }) =>
      (state === "all" || issue.state === state) &&
      (head === undefined || head === `${repo.owner}:${pull.head}`) &&
      (base === undefined || base === pull.base),
  );
  if (direction === "desc") found.reverse();
  return paged(found, query, (place) => simplePullView(world, place));
}

async function createPull({ world, viewer, body }: Call, repo: Repo): Promise<Answer> {
  if (!isRecord(body)) return refused(400, "Body should be a JSON object");
  if (repo.archived) return ARCHIVED;
  if (!mayPush(repo, viewer)) return NOT_ALLOWED;
  const { title, head, base, body: text = null, draft = false } = body;
  if (body.issue !== undefined || body.head_repo !== undefined)
    return refused(501, "the GitHub stand-in plays no pull request of an issue or a fork");
  const wrong = wrongText(title, text);
  if (wrong !== undefined) return wrong;
  if (typeof head !== "string" || head === "") return invalid("PullRequest", "head", "missing_field");
  if (typeof base !== "string" || base === "") return invalid("PullRequest", "base", "missing_field");
  const branch = head.startsWith(`${repo.owner}:`) ? head.slice(repo.owner.length + 1) : head;
  const wanted = { title: String(title), body: text === null ? null : String(text), head: branch, base };
  const opened = await openPull(world, repo, viewer, { ...wanted, draft: draft === true });
  if (!("field" in opened)) return created(await shown(world, opened));
  if (opened.field !== null) return invalid("PullRequest", opened.field, "invalid");
  const error = { resource: "PullRequest", code: "custom", message: opened.message };
  return { status: 422, body: { message: "Validation Failed", errors: [error], documentation_url: "", status: "422" } };
}

function wrongText(title: unknown, text: unknown): Answer | undefined {
  if (typeof title !== "string" || title.trim() === "") return invalid("PullRequest", "title", "missing_field");
  if (title.length > TITLE_CHARS_MAX)
    return invalid("PullRequest", "title", "custom", "title is too long (maximum is 256 characters)");
  if (text !== null && typeof text !== "string") return invalid("PullRequest", "body", "invalid");
  if (typeof text === "string" && text.length > BODY_CHARS_MAX)
    return invalid("PullRequest", "body", "custom", "body is too long (maximum is 65536 characters)");
  return undefined;
}

async function patchPull({ world, viewer, body = {} }: Call, place: PullPlace): Promise<Answer> {
  const { repo, issue, pull } = place;
  if (!isRecord(body)) return refused(400, "Body should be a JSON object");
  if (!mayTriage(repo, viewer) && issue.by !== viewer.id) return NOT_ALLOWED;
  const { title = issue.title, body: text = issue.body, state } = body;
  if (body.base !== undefined) return refused(501, "the GitHub stand-in does not play another base");
  const wrong = wrongText(title, text);
  if (wrong !== undefined) return wrong;
  if (state !== undefined && state !== "open" && state !== "closed") return invalid("PullRequest", "state", "invalid");
  if (state === "open" && pull.merged !== null) return invalid("PullRequest", "state", "invalid");
  acts.editIssue(world, place, viewer, { title: String(title), body: text === null ? null : String(text) });
  if (state === "closed") acts.closeIssue(world, place, viewer, { reason: "completed" });
  if (state === "open") acts.reopenIssue(world, place, viewer);
  return ok(await shown(world, place));
}

/** Who may not push is told that there is nothing; the head is looked at before any rule. */
async function merge({ world, viewer, body = {} }: Call, place: PullPlace): Promise<Answer> {
  if (!isRecord(body)) return refused(400, "Body should be a JSON object");
  if (!mayPush(place.repo, viewer)) return NOT_ALLOWED;
  const { sha, merge_method: wished = "merge", commit_title: title = null, commit_message: message = null } = body;
  const method = METHODS.find((each) => each === wished);
  if (method === undefined) return invalid("PullRequest", "merge_method", "invalid");
  if (sha !== undefined && sha !== place.pull.headSha)
    return refused(409, "Head branch was modified. Review and try the merge again.");
  const text = { title: title === null ? null : String(title), message: message === null ? null : String(message) };
  const merged = await mergePull(world, place, { by: viewer, method, ...text });
  if (merged.type === "refused") return refused(405, merged.message);
  await settle(world, place.repo);
  return ok({ sha: merged.sha, merged: true, message: "Pull Request successfully merged" });
}

function createReply({ world, viewer, params, body }: Call, place: PullPlace): Answer {
  const text = field(body, "body");
  if (typeof text !== "string" || text === "") return invalid("PullRequestReviewComment", "body", "missing_field");
  const to = place.pull.reviewComments.find((each) => each.id === Number(params.comment_id));
  return to === undefined
    ? notFound
    : created(reviewCommentView(world, place, reply(world, place, viewer, { to, body: text })));
}
