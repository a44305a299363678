/** Pull requests, as far as landing through one needs them. */
import { isRecord } from "../forge/request-body.ts";
import { type Answer, created, notFound, ok, paged, refused, required } from "./answer.ts";
import { type Call, type OwnCall, pushing, type Routes, signedIn, withRepo } from "./call.ts";
import { defaultMessage, mergeNow } from "./merge-acts.ts";
import { openPull, openPullOf } from "./pull-acts.ts";
import {
  checksPassed,
  mergeRefusal,
  type PullPlace,
  pullIn,
  pullsOf,
  ruleProblem,
  stateRefusal,
} from "./pull-rules.ts";
import { type Issue, type MergeStyle, type Repo, STYLES } from "./state.ts";
import { changedFileView, pullView } from "./views-pull.ts";

const PULLS = "/repos/{owner}/{repo}/pulls";

export const pullRoutes: Routes = {
  [`GET ${PULLS}`]: withRepo(listPulls),
  [`POST ${PULLS}`]: pushing(createPull),
  [`GET ${PULLS}/{index}`]: withRepo((call, repo) => {
    return shown(call, repo, pullIn(repo, Number(call.params.index))?.issue);
  }),
  [`GET ${PULLS}/{index}/files`]: withRepo(async (call, repo) => {
    const { world, query } = call;
    const pull = pullIn(repo, Number(call.params.index))?.pull;
    if (pull === undefined) return notFound;
    const changes = await world.git.changes(repo.git, pull.mergeBase, pull.headSha);
    return paged(changes, query, (change) => changedFileView(world, repo, pull, change));
  }),
  // Of several the oldest: it asks the database for one, and for no order.
  [`GET ${PULLS}/{base}/{head*}`]: withRepo((call, repo) => {
    const { base, head } = call.params;
    return shown(call, repo, pullsOf(repo).find(({ pull }) => pull.base === base && pull.head === head)?.issue);
  }),
  [`POST ${PULLS}/{index}/merge`]: signedIn(mergePull),
  "GET /repos/{owner}/{repo}/commits/{sha}/pull": withRepo((call, repo) => {
    const { sha } = call.params;
    return shown(call, repo, pullsOf(repo).find(({ pull }) => pull.mergeSha === sha || pull.headSha === sha)?.issue);
  }),
};

function shown({ world }: Call, repo: Repo, issue: Issue | undefined): Answer {
  return issue === undefined || issue.pull === null ? notFound : ok(pullView(world, repo, issue));
}

/** The newest first, unless it is asked for by when it last changed. */
function listPulls({ world, query }: Call, repo: Repo): Answer {
  const state = query.get("state") ?? "open";
  const pulls = repo.issues.filter((each) => each.pull !== null && (state === "all" || each.state === state)).reverse();
  if (query.get("sort") === "recentupdate") pulls.sort((one, other) => other.updatedAt.localeCompare(one.updatedAt));
  return paged(pulls, query, (issue) => pullView(world, repo, issue));
}

async function createPull({ world, viewer, body }: OwnCall, repo: Repo): Promise<Answer> {
  const { title, body: text, head, base } = isRecord(body) ? body : {};
  if (typeof title !== "string" || title === "") return required("Title");
  if (typeof head !== "string" || head === "") return required("Head");
  if (typeof base !== "string" || base === "") return required("Base");
  if (head === base) return refused(422, "Invalid PullRequest: There are no changes between the head and the base");
  if (openPullOf(repo, head, base) !== undefined)
    return refused(409, `pull request already exists for these targets [head_branch: ${head}, base_branch: ${base}]`);
  const wanted = { title, body: typeof text === "string" ? text : "", head, base };
  const issue = await openPull(world, repo, viewer, wanted);
  return issue === undefined ? notFound : created(pullView(world, repo, issue));
}

/** The fields as Forgejo spells them, large letters and all; another spelling is not read. */
async function mergePull(call: OwnCall, repo: Repo): Promise<Answer> {
  const { world, viewer, params } = call;
  const form = isRecord(call.body) ? call.body : {};
  const place = pullIn(repo, Number(params.index));
  if (place === undefined) return notFound;
  const style = STYLES.find((each) => each === (form.Do ?? "merge"));
  if (style === undefined) return refused(422, "[Do]: Required");
  const isLater = form.merge_when_checks_succeed === true;
  const refusal = isLater ? stateRefusal(place, viewer) : mergeRefusal(place, viewer);
  if (refusal !== undefined) return refusal;
  const message = messageOf(form) ?? defaultMessage(world, place, style);
  if (isLater) {
    const scheduled = schedule(place, { by: viewer.id, style, message });
    if (scheduled !== undefined) return scheduled;
  }
  if (!repo.styles.includes(style))
    return refused(405, `${style} is not allowed an allowed merge style for this repository`);
  const head = form.head_commit_id;
  if (typeof head === "string" && head !== "" && head !== place.pull.headSha) return refused(409, "head out of date");
  const sha = await mergeNow(world, place, viewer, { style, message });
  if (sha === undefined) return refused(409, "merge push out of date");
  await world.settle(repo);
  return { status: 200 };
}

function messageOf(form: Record<string, unknown>): string | undefined {
  const [title, body] = [form.MergeTitleField, form.MergeMessageField].map((text) =>
    typeof text === "string" ? text.trim() : "",
  );
  if (!title) return undefined;
  return body ? `${title}\n\n${body}` : title;
}

/**
 * Undefined: it is merged at once, since its checks have passed. Rules that people have to meet are asked after only by
 * the push of the merge; the head that was meant is not kept.
 */
function schedule(place: PullPlace, scheduled: { by: number; style: MergeStyle; message: string }): Answer | undefined {
  if (place.pull.scheduled !== null)
    return refused(409, "pull request is already scheduled to auto merge when checks succeed");
  if (!checksPassed(place)) {
    place.pull.scheduled = scheduled;
    return { status: 201 };
  }
  const problem = ruleProblem(place);
  return problem === undefined
    ? undefined
    : refused(409, `PushRejected with remote message: Not allowed to push to protected branch ${place.pull.base}`);
}
