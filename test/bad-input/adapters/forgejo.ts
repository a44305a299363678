/** Forgejo: an issue with a history, a dependency and comments; a landed commit with Actions and a CI outside. */
import type { Check } from "../../../lib/core/types.ts";
import type { CiWatcher } from "../../../lib/forge/ci-watcher.ts";
import { createForgejoCiWatcher } from "../../../lib/forge/forgejo/ci-watcher.ts";
import { createForgejoClient } from "../../../lib/forge/forgejo/client.ts";
import { createForgejoProposals } from "../../../lib/forge/forgejo/proposals.ts";
import { createForgejoTracker } from "../../../lib/forge/forgejo/tracker.ts";
import type { Proposals } from "../../../lib/forge/proposals.ts";
import type { Tracker } from "../../../lib/forge/tracker.ts";
import { REPO, Scene, TOKEN } from "../../fakes/forgejo/scene.ts";
import { OURS, URL_ROOT } from "../../forge/forgejo/stage.ts";
import * as shapes from "../shapes.ts";
import { adapter, type Fetch, type Operation, type Stage } from "./adapter.ts";

const READY = "ready-for-agent";

function clientOf(scene: Scene, fetch: Fetch) {
  return createForgejoClient({ url: URL_ROOT, token: TOKEN, callMs: 1000, now: () => scene.nowMs, fetch });
}

const serveOf =
  (scene: Scene): Fetch =>
  (url, init) =>
    scene.forgejo.handle(new Request(url, init));

async function openTracker(): Promise<Stage<Tracker>> {
  const scene = new Scene();
  const { people } = scene.forgejo;
  const issue = scene.issue("Widgets wobble", [READY]);
  const other = scene.issue("Bolts first");
  const closed = scene.issue("Nuts came first");
  people.addBlockedBy({ repo: REPO, number: issue, by: "ada", blocker: { number: other } });
  people.edit({ repo: REPO, number: issue, by: "ada", title: "Widgets wobble a lot", body: "Blocked by #2" });
  people.comment({ repo: REPO, number: issue, by: "ada", body: "Soon?" });
  const ours = people.comment({ repo: REPO, number: issue, by: "afk-loop", body: "<!-- afk:run -->" });
  people.close({ repo: REPO, number: closed, by: "ada" });
  people.reopen({ repo: REPO, number: closed, by: "ada" });
  people.close({ repo: REPO, number: closed, by: "ada" });
  const landed = await scene.push(`Widgets stand still, closes #${closed}\n\nAFK-Run: 1`);
  const ada = { id: String(people.addUser("ada").id), login: "ada", kind: "person" as const };
  const commentId = String(ours.id);
  const operations: Operation<Tracker>[] = [
    { name: "unfit", run: (port) => port.unfit(), gives: shapes.reading(shapes.unfit) },
    { name: "repo", run: (port) => port.repo(), gives: shapes.reading(shapes.repoFacts) },
    { name: "candidates", run: (port) => port.candidates(READY), gives: shapes.reading(shapes.candidates) },
    { name: "issue", run: (port) => port.issue(issue), gives: shapes.reading(shapes.issueReading) },
    { name: "events", run: (port) => port.events(issue), gives: shapes.reading(shapes.events) },
    { name: "events of a close", run: (port) => port.events(closed), gives: shapes.reading(shapes.events) },
    { name: "permission", run: (port) => port.permission(ada), gives: shapes.reading(shapes.permission) },
    { name: "isSelf", run: (port) => port.isSelf(ada), gives: shapes.reading(shapes.isSelf) },
    { name: "blockers", run: (port) => port.blockers(issue), gives: shapes.reading(shapes.blocker.array()) },
    { name: "blocker", run: (port) => port.blocker(REPO, other), gives: shapes.reading(shapes.blocker) },
    { name: "head", run: (port) => port.head("main"), gives: shapes.reading(shapes.head) },
    { name: "compare", run: (port) => port.compare(scene.base, "main"), gives: shapes.reading(shapes.comparison) },
    { name: "commit", run: (port) => port.commit(landed), gives: shapes.reading(shapes.commitFacts) },
    { name: "comment", run: (port) => port.comment(commentId), gives: shapes.reading(shapes.comment) },
    { name: "comments", run: (port) => port.comments(issue), gives: shapes.reading(shapes.comments) },
    { name: "addLabel", run: (port) => port.addLabel(issue, "agent-in-progress"), gives: shapes.result() },
    { name: "removeLabel", run: (port) => port.removeLabel(issue, READY), gives: shapes.result() },
    // Unknown to the repo: 422, and the issue's own labels are read.
    { name: "removeLabel of none", run: (port) => port.removeLabel(issue, "unheard-of"), gives: shapes.result() },
    { name: "close", run: (port) => port.close(other), gives: shapes.result() },
    { name: "reopen", run: (port) => port.reopen(closed), gives: shapes.result() },
    { name: "createComment", run: (port) => port.createComment(issue, "Begun."), gives: shapes.result(shapes.id) },
    { name: "updateComment", run: (port) => port.updateComment(commentId, "On."), gives: shapes.result() },
    { name: "react", run: (port) => port.react(commentId, "+1"), gives: shapes.result() },
    { name: "deleteComment", run: (port) => port.deleteComment(commentId), gives: shapes.result() },
  ];
  return { serve: serveOf(scene), adapter: (fetch) => createForgejoTracker(clientOf(scene, fetch), OURS), operations };
}

async function openCi(): Promise<Stage<CiWatcher>> {
  const scene = new Scene();
  const { actions, outside } = scene.forgejo;
  const sha = await scene.push("Widgets stand still\n\nAFK-Run: 1");
  const run = await actions.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada", jobs: ["test", "lint"] });
  await actions.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure" });
  await actions.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada", name: "Deploy", jobs: [] });
  await outside.setStatus({ repo: REPO, sha, context: "ci/woodpecker", state: "warning", by: "ada" });
  actions.setRequiredChecks(REPO, "main", ["CI / *"]);
  const failing: Check = {
    app: "actions",
    workflow: "ci.yml",
    name: "CI / test (push)",
    word: "failure",
    order: 0,
    url: null,
    jobId: null,
    runId: String(run.id),
  };
  return {
    serve: withLogs(serveOf(scene)),
    adapter: (fetch) => createForgejoCiWatcher(clientOf(scene, fetch), OURS),
    operations: [
      { name: "checks", run: (port) => port.checks(sha, "main"), gives: shapes.reading(shapes.checks) },
      { name: "required", run: (port) => port.required("main"), gives: shapes.reading(shapes.required) },
      {
        name: "failure of a job",
        run: (port) => port.failure(failing, 20),
        gives: shapes.reading(shapes.failure),
      },
    ],
  };
}

/** One that is open, behind its base, reviewed and commented; one that was closed and proposed again; one to be merged. */
async function openProposals(): Promise<Stage<Proposals>> {
  const scene = new Scene();
  const { pulls } = scene.forgejo;
  const propose = async (branch: string) => {
    const head = await scene.push("Stand still", { branch, by: "afk-loop", files: [`src/${branch}.ts`] });
    return { head, ...(await pulls.open({ repo: REPO, branch, base: "main", by: "afk-loop", title: "Stand" })) };
  };
  const on = ({ number }: { number: number }, by = "ada") => ({ repo: REPO, number, by });
  const reviewed = await propose("reviewed");
  await pulls.review({ ...on(reviewed), verdict: "approve", body: "Fine" });
  const comments = [{ path: "src/reviewed.ts", line: 1, body: "Why?" }];
  await pulls.review({ ...on(reviewed, "stranger"), verdict: "comment", comments });
  const again = await propose("again");
  pulls.close(on(again));
  await pulls.open({ repo: REPO, branch: "again", base: "main", by: "afk-loop", title: "Stand" });
  await scene.push("Unproposed", { branch: "unproposed", files: ["src/u.ts"] });
  await scene.push("Meanwhile", { files: ["README.md"] });
  scene.git.setBranch(REPO, "ready", await scene.git.head(REPO, "main"));
  const ready = await propose("ready");
  await pulls.review({ ...on(ready), verdict: "approve" });
  pulls.setRules(REPO, "main", { approvals: 1, upToDate: true });
  const message = { title: "Stand", body: "Refs #1" };
  const wanted = { branch: "unproposed", trunk: "main", title: "Stand", body: "" };
  const { head, number } = ready;
  const operations: Operation<Proposals>[] = [
    { name: "takesPush", run: (port) => port.takesPush("main"), gives: shapes.reading(shapes.takesPush) },
    { name: "find", run: (port) => port.find("reviewed", "main"), gives: shapes.reading(shapes.proposal) },
    { name: "find of several", run: (port) => port.find("again", "main"), gives: shapes.reading(shapes.proposal) },
    { name: "find of none", run: (port) => port.find("unproposed", "main"), gives: shapes.reading(shapes.proposal) },
    { name: "target", run: (port) => port.target(reviewed.number), gives: shapes.reading(shapes.target) },
    { name: "files", run: (port) => port.files(reviewed.number), gives: shapes.reading(shapes.files) },
    { name: "remarks", run: (port) => port.remarks(reviewed.number), gives: shapes.reading(shapes.remarks) },
    { name: "open", run: (port) => port.open(wanted), gives: shapes.result(shapes.number) },
    { name: "merge", run: (port) => port.merge(number, head, message), gives: shapes.result(shapes.merged) },
    { name: "deleteBranch", run: (port) => port.deleteBranch("ready", head), gives: shapes.result() },
  ];
  return {
    serve: serveOf(scene),
    adapter: (fetch) => createForgejoProposals(clientOf(scene, fetch), OURS),
    operations,
  };
}

/** A release that offers the jobs of a run and their logs; the stand-in's does not. */
function withLogs(serve: Fetch): Fetch {
  return async (url, init) => {
    if (url.endsWith("/jobs")) return Response.json({ jobs: [{ id: 7, name: "test", status: "failure" }] });
    return url.endsWith("/jobs/7/logs") ? new Response("1 failed\n\u001b[31mexpected 2\u001b[0m\n") : serve(url, init);
  };
}

export const forgejo = [
  await adapter("Forgejo's tracker", openTracker),
  await adapter("Forgejo's CI watcher", openCi),
  await adapter("Forgejo's proposals", openProposals),
];
