import { expect, test } from "vitest";
import slice from "../../contracts/github-openapi.json" with { type: "json" };
import { REPO, Scene } from "./scene.ts";

/** Everything happens once, so that no list a route answers with is empty. */
async function busyScene(): Promise<{ scene: Scene; run: number; job: number; deployment: number; sha: string }> {
  const scene = new Scene();
  const { people, ci } = scene.github;
  const number = scene.issue("Widgets wobble", ["bug", "ready-for-agent"]);
  const blocker = scene.issue("Saw is blunt");
  people.addBlockedBy({ repo: REPO, number, by: "ada", blocker: { number: blocker } });
  people.addBot("helper");
  people.comment({ repo: REPO, number, by: "helper[bot]", body: "I am a robot" });
  people.edit({ repo: REPO, number, by: "ada", title: "Widgets wobble badly", body: "They really do." });
  people.close({ repo: REPO, number, by: "ada" });
  people.reopen({ repo: REPO, number, by: "ada" });
  const sha = await scene.push(`Refs #${number}`);
  const run = await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada", jobs: ["test", "lint"] });
  await ci.updateWorkflowRun(REPO, run.id, { status: "in_progress" });
  ci.appendLog(REPO, { run: run.id, name: "test" }, "1 failed\n");
  await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure", jobs: { lint: "success" } });
  const check = ci.createCheckRun({ repo: REPO, sha, name: "stale one" });
  await ci.completeCheckRun(REPO, check.id, "stale");
  await ci.setStatus({
    repo: REPO,
    sha,
    context: "legacy",
    state: "success",
    by: "ada",
    targetUrl: "https://ci.test/1",
  });
  ci.setRequiredChecks(REPO, "main", ["test", { context: "lint", integrationId: 15368 }]);
  ci.setRequiredChecks(REPO, "main", ["test"], "protection");
  people.setPermission(REPO, "afk-loop", "admin");
  const deployment = ci.createDeployment({ repo: REPO, sha, ref: "main", environment: "production", by: "ada" });
  ci.setDeploymentStatus(REPO, deployment.id, "waiting");
  ci.setDeploymentStatus(REPO, deployment.id, "success", { environmentUrl: "https://widgets.test" });
  const job = scene.github.state.repos[0]?.jobs.find((each) => each.log !== null)?.id ?? 0;
  return { scene, run: run.id, job, deployment: deployment.id, sha };
}

test("every operation of the slice is answered, and request and answer agree with GitHub's description", async () => {
  const { scene, run, job, deployment, sha } = await busyScene();
  const R = `/repos/${REPO}`;
  const blockerId = scene.github.state.repos[0]?.issues[1]?.id;
  const comment = scene.github.state.repos[0]?.issues[0]?.comments[0]?.id;
  const calls: [method: string, path: string, status: number, body?: unknown][] = [
    ["GET", "/user", 200],
    ["GET", "/rate_limit", 200],
    ["GET", R, 200],
    ["GET", `${R}/branches/main`, 200],
    ["GET", `${R}/branches/main/protection/required_status_checks`, 200],
    ["GET", `${R}/rules/branches/main`, 200],
    ["GET", `${R}/collaborators/ada/permission`, 200],
    ["GET", `${R}/commits/main`, 200],
    ["GET", `${R}/commits/${sha}/check-runs?filter=latest&per_page=100`, 200],
    ["GET", `${R}/commits/${sha}/check-suites`, 200],
    ["GET", `${R}/commits/${sha}/status`, 200],
    ["GET", `${R}/commits/${sha}/statuses`, 200],
    ["GET", `${R}/compare/${scene.base}...main?per_page=100&page=1`, 200],
    ["GET", `${R}/issues?labels=bug&state=all&sort=updated&direction=asc&since=2026-01-01T00:00:00Z`, 200],
    ["GET", `${R}/issues/1`, 200],
    ["GET", `${R}/issues/1/events?per_page=100`, 200],
    ["GET", `${R}/issues/1/labels`, 200],
    ["POST", `${R}/issues/1/labels`, 200, { labels: ["agent-in-progress"] }],
    ["DELETE", `${R}/issues/1/labels/bug`, 200],
    ["GET", `${R}/issues/1/comments`, 200],
    ["POST", `${R}/issues/1/comments`, 201, { body: "Hello" }],
    ["GET", `${R}/issues/comments/${comment}`, 200],
    ["PATCH", `${R}/issues/comments/${comment}`, 200, { body: "Hello again" }],
    ["DELETE", `${R}/issues/comments/${comment}`, 204],
    ["GET", `${R}/issues/1/dependencies/blocked_by`, 200],
    ["GET", `${R}/issues/2/dependencies/blocking`, 200],
    ["DELETE", `${R}/issues/1/dependencies/blocked_by/${blockerId}`, 200],
    ["POST", `${R}/issues/1/dependencies/blocked_by`, 201, { issue_id: blockerId }],
    ["PATCH", `${R}/issues/1`, 200, { state: "closed", state_reason: "completed" }],
    ["GET", `${R}/actions/runs?head_sha=${sha}&branch=main`, 200],
    ["GET", `${R}/actions/runs/${run}`, 200],
    ["GET", `${R}/actions/runs/${run}/jobs?filter=latest`, 200],
    ["GET", `${R}/actions/jobs/${job}/logs`, 302],
    ["POST", `${R}/actions/runs/${run}/rerun-failed-jobs`, 201],
    ["GET", `${R}/deployments?sha=${sha}`, 200],
    ["GET", `${R}/deployments/${deployment}/statuses`, 200],
    ["POST", "/graphql", 200, { query: `{repository(owner:"octo",name:"widgets"){issue(number:1){lastEditedAt}}}` }],
  ];
  for (const [method, path, status, body] of calls) {
    const told = await scene.call(method, path, body);
    expect.soft(told.status, `${method} ${path}`).toBe(status);
  }
  expect(scene.github.violations).toEqual([]);
  expect(slice.source).toContain("23.0.2");
});
