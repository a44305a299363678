/** GitHub: an issue with a history, a blocker and comments; a landed commit with every kind of check. */
import { generateKeyPairSync } from "node:crypto";
import type { Check } from "../../../lib/core/types.ts";
import type { CiWatcher } from "../../../lib/forge/ci-watcher.ts";
import { createGithubCiWatcher } from "../../../lib/forge/github/ci-watcher.ts";
import { createGithubClient } from "../../../lib/forge/github/client.ts";
import type { GithubCredentials } from "../../../lib/forge/github/credentials.ts";
import { createGithubProposals } from "../../../lib/forge/github/proposals.ts";
import { createGithubTracker } from "../../../lib/forge/github/tracker.ts";
import type { Proposals } from "../../../lib/forge/proposals.ts";
import type { Tracker } from "../../../lib/forge/tracker.ts";
import type { FakeGitHubOptions } from "../../fakes/github/fake-github.ts";
import { REPO, Scene, TOKEN } from "../../fakes/github/scene.ts";
import { API, OURS } from "../../forge/github/stage.ts";
import * as shapes from "../shapes.ts";
import { adapter, type Fetch, type Operation, type Stage } from "./adapter.ts";

const READY = "ready-for-agent";
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = {
  public: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
  private: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};

/** Each exchange is checked against GitHub's description elsewhere; here there are thousands. */
const unchecked: Partial<FakeGitHubOptions> = { validate: () => [] };

function clientOf(scene: Scene, fetch: Fetch, credentials: GithubCredentials = { type: "token", token: TOKEN }) {
  return createGithubClient({ apiUrl: API, credentials, callMs: 1000, now: () => scene.nowMs, fetch });
}

function lastEdited({ pin }: Tracker, issue: number) {
  if (pin.type !== "last_edit") throw new Error("this forge tells when a text was last edited");
  return pin.lastEditedIso(issue);
}

const serveOf =
  (scene: Scene): Fetch =>
  (url, init) =>
    scene.github.handle(new Request(url, init));

async function openTracker(): Promise<Stage<Tracker>> {
  const scene = new Scene(unchecked);
  const { people } = scene.github;
  const issue = scene.issue("Widgets wobble", [READY]);
  const other = scene.issue("Bolts first");
  people.addBlockedBy({ repo: REPO, number: issue, by: "ada", blocker: { number: other } });
  people.edit({ repo: REPO, number: issue, by: "ada", title: "Widgets wobble a lot", body: "Blocked by #2" });
  people.comment({ repo: REPO, number: issue, by: "ada", body: "Soon?" });
  const ours = people.comment({ repo: REPO, number: issue, by: "afk-loop", body: "<!-- afk:run -->" });
  const landed = await scene.push("Widgets stand still\n\nAFK-Run: 1");
  const ada = { id: String(people.addUser("grace").id), login: "ada", kind: "person" as const };
  const commentId = String(ours.id);
  const operations: Operation<Tracker>[] = [
    { name: "repo", run: (port) => port.repo(), gives: shapes.reading(shapes.repoFacts) },
    { name: "candidates", run: (port) => port.candidates(READY), gives: shapes.reading(shapes.candidates) },
    { name: "issue", run: (port) => port.issue(issue), gives: shapes.reading(shapes.issueReading) },
    { name: "events", run: (port) => port.events(issue), gives: shapes.reading(shapes.events) },
    { name: "lastEditedIso", run: (port) => lastEdited(port, issue), gives: shapes.reading(shapes.lastEdited) },
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
    { name: "close", run: (port) => port.close(issue), gives: shapes.result() },
    { name: "reopen", run: (port) => port.reopen(issue), gives: shapes.result() },
    { name: "createComment", run: (port) => port.createComment(issue, "Begun."), gives: shapes.result(shapes.id) },
    { name: "updateComment", run: (port) => port.updateComment(commentId, "On."), gives: shapes.result() },
    { name: "react", run: (port) => port.react(commentId, "+1"), gives: shapes.result() },
    { name: "deleteComment", run: (port) => port.deleteComment(commentId), gives: shapes.result() },
  ];
  return {
    serve: serveOf(scene),
    adapter: (fetch) => createGithubTracker(clientOf(scene, fetch), OURS),
    operations,
  };
}

async function openCi(): Promise<Stage<CiWatcher>> {
  const scene = new Scene(unchecked);
  const { ci } = scene.github;
  const sha = await scene.push("Widgets stand still\n\nAFK-Run: 1");
  const run = await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada", jobs: ["test", "lint"] });
  ci.appendLog(REPO, { run: run.id, name: "test" }, "1 failed\n\u001b[31mexpected 2\u001b[0m\n");
  await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure", jobs: { lint: "success" } });
  await ci.completeCheckRun(REPO, ci.createCheckRun({ repo: REPO, sha, name: "scan" }).id, "neutral");
  await ci.setStatus({ repo: REPO, sha, context: "deploy/preview", state: "success", by: "ada" });
  ci.setRequiredChecks(REPO, "main", ["test"]);
  ci.setRequiredChecks(REPO, "main", ["lint"], "protection");
  const said = { state: "failure", description: "No room.", logUrl: "https://ci.test/1" } as const;
  for (const state of [said, { state: "inactive" }] as const)
    ci.deploy({ repo: REPO, sha, environment: "production", by: "ada", ...state });
  // A job none of whose steps failed: with one that did, no nonsense about the log makes the whole unread.
  ci.appendLog(REPO, { run: run.id, name: "lint" }, "fine\n");
  const jobId = scene.github.state.repos[0]?.jobs[1]?.id ?? 0;
  const failing: Check = {
    app: "15368",
    workflow: "CI",
    name: "test",
    word: "failure",
    order: 0,
    url: null,
    jobId: null,
    runId: String(run.id),
  };
  const operations: Operation<CiWatcher>[] = [
    { name: "checks", run: (port) => port.checks(sha, "main"), gives: shapes.reading(shapes.checks) },
    { name: "queueChecks", run: (port) => port.queueChecks(sha, "main"), gives: shapes.reading(shapes.checks) },
    { name: "required", run: (port) => port.required("main"), gives: shapes.reading(shapes.required) },
    { name: "rerun", run: (port) => port.rerun([String(run.id)]), gives: shapes.result() },
    {
      name: "failure of a job",
      run: (port) => port.failure({ ...failing, jobId: String(jobId) }, 20),
      gives: shapes.reading(shapes.failure),
    },
    {
      name: "failure of a run",
      run: (port) => port.failure(failing, 20),
      gives: shapes.reading(shapes.failure),
    },
    {
      name: "deployment",
      run: (port) => port.deployment(sha, "production"),
      gives: shapes.reading(shapes.deployment),
    },
  ];
  return {
    serve: serveOf(scene),
    adapter: (fetch) => createGithubCiWatcher(clientOf(scene, fetch), OURS),
    operations,
  };
}

/** A pull request that was reviewed, one that is ready, and one in a queue. */
async function openProposals(): Promise<Stage<Proposals>> {
  const scene = new Scene(unchecked);
  const { pulls } = scene.github;
  const propose = async (branch: string, base = "main") => {
    const head = await scene.push("Stand", { branch, by: "afk-loop", files: [`src/${branch}.ts`] });
    const { number } = await pulls.open({ repo: REPO, branch, base, by: "afk-loop", title: "Stand" });
    return { head, number };
  };
  scene.git.setBranch(REPO, "queued", scene.base);
  const reviewed = await propose("reviewed");
  const comments = [{ path: "src/a.ts", line: 3, body: "Why?" }];
  await pulls.review({
    repo: REPO,
    number: reviewed.number,
    by: "ada",
    verdict: "request_changes",
    body: "No.",
    comments,
  });
  const ready = await propose("ready");
  const queued = await propose("queued-one", "queued");
  await scene.push("Unproposed", { branch: "unproposed", files: ["src/u.ts"] });
  pulls.setRules(REPO, "queued", { queue: true });
  pulls.protectClassically(REPO, "main");
  scene.github.people.setPermission(REPO, "afk-loop", "admin");
  const message = { title: "Stand", body: "Refs #1" };
  const wanted = { branch: "unproposed", trunk: "main", title: "Stand", body: "" };
  const merges = shapes.result(shapes.merged);
  const operations: Operation<Proposals>[] = [
    { name: "takesPush", run: (port) => port.takesPush("main"), gives: shapes.reading(shapes.takesPush) },
    { name: "find", run: (port) => port.find("reviewed", "main"), gives: shapes.reading(shapes.proposal) },
    { name: "remarks", run: (port) => port.remarks(reviewed.number), gives: shapes.reading(shapes.remarks) },
    { name: "target", run: (port) => port.target(reviewed.number), gives: shapes.reading(shapes.target) },
    { name: "files", run: (port) => port.files(reviewed.number), gives: shapes.reading(shapes.files) },
    { name: "open", run: (port) => port.open(wanted), gives: shapes.result(shapes.number) },
    { name: "merge of what is ready", run: (port) => port.merge(ready.number, ready.head, message), gives: merges },
    { name: "merge by the queue", run: (port) => port.merge(queued.number, queued.head, message), gives: merges },
    { name: "deleteBranch", run: (port) => port.deleteBranch("ready", ready.head), gives: shapes.result() },
  ];
  return {
    serve: serveOf(scene),
    adapter: (fetch) => createGithubProposals(clientOf(scene, fetch), OURS),
    operations,
  };
}

/** What only an App asks: its installation, a token for it, who it is. */
async function openApp(): Promise<Stage<Tracker>> {
  const app = { id: 4711, slug: "afk-loop-app", installationId: 99, publicKey: pem.public };
  const scene = new Scene({ ...unchecked, app });
  // An app signs with the time of the machine.
  scene.nowMs = Date.now();
  scene.github.people.setPermission(REPO, "afk-loop-app[bot]", "write");
  const someone = { id: "1", login: "afk-loop-app[bot]", kind: "bot" as const };
  return {
    serve: serveOf(scene),
    adapter: (fetch) =>
      createGithubTracker(clientOf(scene, fetch, { type: "app", appId: "4711", privateKey: pem.private }), OURS),
    operations: [
      { name: "head", run: (port) => port.head("main"), gives: shapes.reading(shapes.head) },
      { name: "isSelf", run: (port) => port.isSelf(someone), gives: shapes.reading(shapes.isSelf) },
    ],
  };
}

export const github = [
  await adapter("GitHub's tracker", openTracker),
  await adapter("GitHub's CI watcher", openCi),
  await adapter("GitHub's proposals", openProposals),
  await adapter("GitHub's tracker as an App", openApp),
];
