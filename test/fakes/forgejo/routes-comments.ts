/** Comments of issues. */
import { field } from "../forge/request-body.ts";
import { type Answer, created, forbidden, noContent, notFound, ok, paged, refused, required } from "./answer.ts";
import { type Call, changing, type Handler, type OwnCall, type Routes, withRepo } from "./call.ts";
import { addComment, deleteComment, editComment } from "./comment-acts.ts";
import { ISSUE, timesIn, withIssue, within, writing } from "./routes-issues.ts";
import type { Entry, Repo } from "./state.ts";
import { commentsOf, commentView } from "./views-issue.ts";
import { accountView } from "./views-repo.ts";
import { accountById, mayAdminister, type Place, timestamp } from "./world.ts";

const COMMENT = "/repos/{owner}/{repo}/issues/comments/{id}";

export const commentRoutes: Routes = {
  [`GET ${ISSUE}/comments`]: withIssue(listComments),
  [`POST ${ISSUE}/comments`]: writing(({ world, viewer, body }, place) => {
    const text = textIn(body);
    return typeof text === "string"
      ? created(commentView(world, place.repo, place.issue, addComment(world, place, viewer, text)))
      : text;
  }),
  "GET /repos/{owner}/{repo}/issues/comments": withRepo(listAll),
  [`GET ${COMMENT}`]: withRepo((call, repo) => {
    const found = find(call, repo);
    if (found === undefined) return notFound;
    const { place, entry } = found;
    return entry.type === "comment" ? ok(commentView(call.world, place.repo, place.issue, entry)) : noContent;
  }),
  [`PATCH ${COMMENT}`]: own(({ world, viewer, body }, place, entry) => {
    const text = textIn(body);
    if (typeof text !== "string") return text;
    editComment(world, place, viewer, entry, text);
    return ok(commentView(world, place.repo, place.issue, entry));
  }),
  [`DELETE ${COMMENT}`]: own(({ world, viewer }, place, entry) => {
    deleteComment(world, place, viewer, entry);
    return noContent;
  }),
  [`POST ${COMMENT}/reactions`]: changing(postReaction),
};

/** What is not among the server's is forbidden; the same again is no new one, and answered 200. */
function postReaction(call: OwnCall, repo: Repo): Answer {
  const { world, viewer, body } = call;
  const entry = find(call, repo)?.entry;
  if (entry?.type !== "comment") return notFound;
  const content = field(body, "content");
  if (typeof content !== "string" || !world.reactions.includes(content)) return forbidden;
  const kept = entry.reactions?.find((one) => one.by === viewer.id && one.content === content);
  const reaction = kept ?? { by: viewer.id, content, createdAt: timestamp(world) };
  if (!kept) entry.reactions = [...(entry.reactions ?? []), reaction];
  const view = { user: accountView(world, accountById(world, reaction.by)), content, created_at: reaction.createdAt };
  return kept ? ok(view) : created(view);
}

function textIn(body: unknown): string | Answer {
  const text = field(body, "body");
  if (text === undefined || text === null || text === "") return required("Body");
  return typeof text === "string"
    ? text
    : refused(422, "json: cannot unmarshal into Go struct field .body of type string");
}

/** All of them at once: `page` and `limit` are not read. */
function listComments({ world, query }: Call, { repo, issue }: Place): Answer {
  const times = timesIn(query);
  if (times === undefined) return refused(422, "parsing time: cannot parse");
  const all = commentsOf(issue);
  const shown = all.filter((entry) => within(times, entry.updatedAt));
  return { status: 200, body: shown.map((entry) => commentView(world, repo, issue, entry)), total: all.length };
}

function listAll({ world, query }: Call, repo: Repo): Answer {
  const all = repo.issues.flatMap((issue) => commentsOf(issue).map((entry) => ({ issue, entry })));
  const { page: _, ...answer } = paged(all, query, ({ issue, entry }) => commentView(world, repo, issue, entry));
  return answer;
}

/** The poster's, or an admin's of the repository. */
function own(handler: (call: OwnCall, place: Place, entry: Entry) => Answer): Handler {
  return changing((call, repo) => {
    const found = find(call, repo);
    if (found === undefined) return notFound;
    const { place, entry } = found;
    if (entry.by !== call.viewer.id && !mayAdminister(repo, call.viewer)) return forbidden;
    return entry.type === "comment" ? handler(call, place, entry) : noContent;
  });
}

function find({ params }: Call, repo: Repo): { place: Place; entry: Entry } | undefined {
  for (const issue of repo.issues) {
    const entry = issue.timeline.find((each) => each.id === Number(params.id));
    if (entry !== undefined) return { place: { repo, issue }, entry };
  }
  return undefined;
}
