import { expect, test } from "vitest";
import slice from "../../contracts/github-openapi.json" with { type: "json" };
import { type ExchangeToCheck, operationIdOf, validateExchange } from "../../contracts/validate-exchange.ts";
import { REPO, Scene } from "./scene.ts";

/** Everything happens once, so that no list a route answers with is empty. */
async function busyScene(): Promise<{ scene: Scene; run: number; job: number; deployment: number; sha: string }> {
  const scene = new Scene({ app: { id: 4711, slug: "afk", installationId: 99 } });
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
  people.installApp(REPO, "afk");
  const deployment = ci.createDeployment({ repo: REPO, sha, ref: "main", environment: "production", by: "ada" });
  ci.setDeploymentStatus(REPO, deployment.id, "waiting");
  ci.setDeploymentStatus(REPO, deployment.id, "success", { environmentUrl: "https://widgets.test" });
  const job = scene.github.state.repos[0]?.jobs.find((each) => each.log !== null)?.id ?? 0;
  await scene.push("Next", { branch: "next" });
  scene.git.add(REPO, "rules", { message: "Rules", parents: [scene.base], contents: { ".afk.yml": "ci: none\n" } });
  await scene.push("Widgets stand", { branch: "topic", files: ["src/stand.ts"] });
  await scene.push("Widgets lie", { branch: "other", files: ["src/lie.ts"] });
  const { number: pull } = await scene.github.pulls.open({
    repo: REPO,
    branch: "topic",
    base: "next",
    by: "ada",
    title: "Stand",
  });
  await scene.github.pulls.review({
    ...{ repo: REPO, number: pull, by: "stranger", verdict: "comment", body: "Hm" },
    comments: [{ path: "src/stand.ts", line: 1, body: "Why?" }],
  });
  return { scene, run: run.id, job, deployment: deployment.id, sha };
}

/** A person brought a manifest to GitHub's page and agreed; the code that GitHub sends him back with. */
async function agreed(scene: Scene): Promise<string> {
  const manifest = { name: "Ours", url: "https://loop.test", redirect_url: "http://127.0.0.1:1/back" };
  const body = new URLSearchParams({ manifest: JSON.stringify(manifest) });
  const page = await scene.github.handle(
    new Request("https://api.github.test/settings/apps/new?state=xyz", { method: "POST", body }),
  );
  const back = new URL(page.headers.get("location") ?? "");
  expect(back.searchParams.get("state")).toBe("xyz");
  return back.searchParams.get("code") ?? "";
}

test("every operation of the slice is answered, and request and answer agree with GitHub's description", async () => {
  const { scene, run, job, deployment, sha } = await busyScene();
  const R = `/repos/${REPO}`;
  const blockerId = scene.github.state.repos[0]?.issues[1]?.id;
  const comment = scene.github.state.repos[0]?.issues[0]?.comments[0]?.id;
  const pull = scene.github.state.repos[0]?.issues[2]?.pull;
  const P = `${R}/pulls/3`;
  const code = await agreed(scene);
  const calls: [method: string, path: string, status: number, body?: unknown][] = [
    ["GET", "/user", 200],
    ["GET", "/rate_limit", 200],
    ["GET", "/app", 200],
    ["GET", `${R}/installation`, 200],
    ["POST", "/app/installations/99/access_tokens", 201],
    ["GET", R, 200],
    ["GET", `${R}/branches/main`, 200],
    ["GET", `${R}/branches/main/protection/required_status_checks`, 200],
    ["GET", `${R}/branches/main/protection`, 200],
    ["GET", `${R}/rules/branches/main`, 200],
    ["GET", `${R}/collaborators/ada/permission`, 200],
    ["GET", `${R}/commits/main`, 200],
    ["GET", `${R}/commits/${sha}/check-runs?filter=latest&per_page=100`, 200],
    ["GET", `${R}/commits/${sha}/check-suites`, 200],
    ["GET", `${R}/commits/${sha}/status`, 200],
    ["GET", `${R}/commits/${sha}/statuses`, 200],
    ["GET", `${R}/compare/${scene.base}...main?per_page=100&page=1`, 200],
    ["GET", `${R}/contents/README.md?ref=main`, 404],
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
    ["POST", `${R}/issues/comments/${comment}/reactions`, 201, { content: "+1" }],
    ["DELETE", `${R}/issues/comments/${comment}`, 204],
    ["GET", `${R}/issues/1/dependencies/blocked_by`, 200],
    ["GET", `${R}/issues/2/dependencies/blocking`, 200],
    ["DELETE", `${R}/issues/1/dependencies/blocked_by/${blockerId}`, 200],
    ["POST", `${R}/issues/1/dependencies/blocked_by`, 201, { issue_id: blockerId }],
    ["PATCH", `${R}/issues/1`, 200, { state: "closed", state_reason: "completed" }],
    ["GET", `${R}/actions/runs?head_sha=${sha}&branch=main`, 200],
    ["GET", `${R}/actions/runs/${run}`, 200],
    ["GET", `${R}/actions/runs/${run}/jobs?filter=latest`, 200],
    ["GET", `${R}/actions/jobs/${job}`, 200],
    ["GET", `${R}/actions/jobs/${job}/logs`, 302],
    ["POST", `${R}/actions/runs/${run}/rerun-failed-jobs`, 201],
    ["GET", `${R}/deployments?sha=${sha}`, 200],
    ["GET", `${R}/deployments/${deployment}/statuses`, 200],
    ["GET", `${R}/issues/3`, 200],
    ["GET", `${R}/pulls?state=all&head=octo:topic&base=next&per_page=100`, 200],
    ["POST", `${R}/pulls`, 201, { head: "other", base: "next", title: "Lie", body: "Refs #1", draft: true }],
    ["GET", P, 200],
    ["GET", `${P}/files?per_page=100&page=1`, 200],
    ["GET", `${P}/reviews?per_page=100&page=1`, 200],
    ["GET", `${P}/comments?per_page=100&page=1`, 200],
    ["POST", `${P}/comments/${pull?.reviewComments[0]?.id}/replies`, 201, { body: "Because." }],
    ["PATCH", P, 200, { title: "Stand still", state: "open" }],
    [
      "PUT",
      `${P}/merge`,
      200,
      { sha: pull?.headSha, merge_method: "squash", commit_title: "Stand", commit_message: "" },
    ],
    ["GET", P, 200],
    ["GET", `${R}/hooks?per_page=100`, 200],
    [
      "POST",
      `${R}/hooks`,
      201,
      { config: { url: "https://loop.test/webhooks/github", secret: "s" }, events: ["push"] },
    ],
    ["GET", `${R}/hooks?per_page=100`, 200],
    ["PATCH", `${R}/hooks/HOOK`, 200, { active: true, events: ["issues"] }],
    ["PATCH", `${R}/hooks/HOOK/config`, 200, { content_type: "json", secret: "t" }],
    ["GET", `${R}/hooks/HOOK/deliveries?per_page=20`, 200],
    ["DELETE", `${R}/hooks/HOOK`, 204],
    ["GET", `${R}/labels?per_page=100`, 200],
    ["POST", `${R}/labels`, 201, { name: "ready-for-human", color: "d93f0b", description: "For you" }],
    ["DELETE", `${R}/labels/ready-for-human`, 204],
    ["POST", `${R}/issues`, 201, { title: "Widgets sway", body: "They do." }],
    ["GET", `${R}/actions/permissions`, 200],
    ["GET", `${R}/contents/.afk.yml?ref=rules`, 200],
    ["GET", "/app/hook/config", 200],
    ["GET", "/app/hook/deliveries?per_page=20", 200],
    ["POST", `/app-manifests/${code}/conversions`, 201],
    ["GET", `${R}/git/ref/heads%2Ftopic`, 200],
    ["DELETE", `${R}/git/refs/heads%2Ftopic`, 204],
    ["POST", "/graphql", 200, { query: `{repository(owner:"octo",name:"widgets"){issue(number:1){lastEditedAt}}}` }],
  ];
  const nowSeconds = scene.nowMs / 1000;
  const jwt = `e30.${btoa(JSON.stringify({ iss: "4711", iat: nowSeconds, exp: nowSeconds + 600 }))}.e30`;
  const asApp = new Set([
    "/app",
    "/app/hook/config",
    "/app/hook/deliveries?per_page=20",
    `${R}/installation`,
    "/app/installations/99/access_tokens",
  ]);
  for (const [method, asked, status, body] of calls) {
    const path = asked.replace("HOOK", String(scene.github.state.repos[0]?.hooks?.[0]?.id));
    const told = await scene.call(method, path, body, asApp.has(path) ? { authorization: `Bearer ${jwt}` } : {});
    expect.soft(told.status, `${method} ${path}`).toBe(status);
  }
  expect(scene.github.violations).toEqual([]);

  const described = Object.values(slice.paths).flatMap((path) =>
    Object.values(path).map((operation: { operationId: string }) => operation.operationId),
  );
  const called = calls.map(([method, path]) => operationIdOf(method, path.split("?")[0] ?? ""));
  expect(described.filter((operation) => !called.includes(operation))).toEqual([]);
});

const OK = {
  method: "POST",
  path: `/repos/${REPO}/issues/1/labels`,
  query: new URLSearchParams(),
  requestBody: { labels: ["a"] },
  status: 200,
  responseBody: [],
};
test.each<[string, Partial<ExchangeToCheck>, string | undefined]>([
  ["nothing wrong", {}, undefined],
  ["a request nobody answered", { status: undefined, responseBody: undefined }, undefined],
  ["a refusal any route may give", { status: 503, responseBody: { message: "Unavailable" } }, undefined],
  ["a route outside the slice", { method: "PUT" }, "not an operation of the slice"],
  ["an unknown query parameter", { query: new URLSearchParams("force=1") }, "unknown query parameter force"],
  ["an unknown key", { requestBody: { labels: ["a"], label: "b" } }, "unknown key label"],
  [
    "an unknown key deep inside",
    { requestBody: { labels: [{ name: "a", colour: "red" }] } },
    "request body/labels/0: unknown key colour",
  ],
  ["a wrong type", { requestBody: { labels: "a" } }, 'Expected "array"'],
  [
    "a missing body",
    { path: `/repos/${REPO}/issues/1/comments`, requestBody: undefined, status: 403, responseBody: { message: "" } },
    "the request body is missing",
  ],
  [
    "a missing key",
    { path: `/repos/${REPO}/issues/1/comments`, requestBody: {}, status: 403, responseBody: { message: "" } },
    '"body"',
  ],
  ["a body where none belongs", { method: "GET", requestBody: {} }, "a body is sent where none is described"],
  [
    "a query value that is not listed",
    { method: "GET", path: `/repos/${REPO}/issues`, requestBody: undefined, query: new URLSearchParams("state=done") },
    "query parameter state",
  ],
  [
    "a query value of a wrong type",
    {
      method: "GET",
      path: `/repos/${REPO}/issues`,
      requestBody: undefined,
      query: new URLSearchParams("per_page=all"),
    },
    "query parameter per_page",
  ],
  ["a status that is not described", { status: 202 }, "this status is not described"],
  ["an error without words", { status: 500, responseBody: {} }, '"message"'],
  ["an answer that is no list", { responseBody: {} }, 'Expected "array"'],
  ["an answer with half a label", { responseBody: [{ name: "a" }] }, "does not have required property"],
])("the check of an exchange finds %s", (_, change, found) => {
  const problems = validateExchange({ ...OK, ...change });
  if (found === undefined) expect(problems).toEqual([]);
  else expect(problems.join("\n")).toContain(found);
});
