/**
 * The stand-in against what a live server sent and answered. The captures come from an older common ancestor: version 15
 * adds fields, all named in `ADDED`, and headers that bear its own name.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type Delivery, signedRequest } from "./deliveries.ts";
import { REPO, Scene, SECRET } from "./scene.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/forgejo");

const ADDED: Record<string, string[]> = {
  user: ["login_name", "source_id", "html_url", "pronouns"],
  label: ["exclusive", "is_archived"],
  issue: ["assets", "pin_order"],
  comment: ["assets"],
  repository: [
    ...["language", "languages_url", "url", "link", "archived_at", "globally_editable_wiki", "wiki_branch"],
    ...["has_releases", "has_packages", "has_actions", "allow_fast_forward_only_merge", "allow_rebase_update"],
    ...["default_delete_branch_after_merge", "default_allow_maintainer_edit", "object_format_name", "mirror_updated"],
    "topics",
  ],
  pull: [
    ...["assets", "pin_order", "requested_reviewers", "requested_reviewers_teams", "draft", "ref", "flow"],
    ...["allow_maintainer_edit", "review_comments", "additions", "deletions", "changed_files"],
  ],
  payload: ["commit_id", "total_commits", "last_run"],
  contents: ["last_commit_sha", "last_commit_when"],
  hook: ["branch_filter", "url", "content_type", "authorization_header", "metadata"],
};
const MAY_BE_NEW = new Set(Object.values(ADDED).flat());

/** Where ours differs from what was captured: a key too few or too many, or another type. */
function differences(captured: unknown, ours: unknown, at = "$"): string[] {
  if (captured === null) return [];
  if (ours === null || typeof captured !== typeof ours || Array.isArray(captured) !== Array.isArray(ours))
    return [`${at}: ${JSON.stringify(captured)?.slice(0, 40)} was ${JSON.stringify(ours)?.slice(0, 40)}`];
  if (Array.isArray(captured) && Array.isArray(ours))
    return captured.length === 0 || ours.length === 0 ? [] : differences(captured[0], ours[0], `${at}[0]`);
  if (typeof captured !== "object") return [];
  // Written down by hand and cut short, it says so: what is not in it may be there all the same.
  const isExcerpt = "_note" in captured;
  const wanted = Object.entries(captured).filter(([key]) => key !== "_note");
  const mine = ours as Record<string, unknown>;
  const known = new Set(wanted.map(([key]) => key));
  const surplus = Object.keys(mine).filter((key) => !isExcerpt && !known.has(key) && !MAY_BE_NEW.has(key));
  return [
    ...wanted.flatMap(([key, value]) =>
      key in mine ? differences(value, mine[key], `${at}.${key}`) : [`${at}.${key} is missing`],
    ),
    ...surplus.map((key) => `${at}.${key} was never captured`),
  ];
}

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), "utf8"));
}

type Capture = { headers: Record<string, string>; body: unknown };

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

/** Something of everything: two issues, labels on and off, a comment, a rename, a push, a pull request, statuses. */
async function everything(): Promise<void> {
  const { people, actions } = scene.forgejo;
  const on = { repo: REPO, number: scene.issue("First", ["ready"]), by: "ada" };
  const [{ id: comment } = { id: 0 }] = [people.comment({ ...on, body: "a comment" })];
  expect(comment).toBeGreaterThan(0);
  people.edit({ ...on, title: "First edited" });
  people.label({ ...on, label: "bug" });
  people.unlabel({ ...on, label: "bug" });
  people.clearLabels(on);
  people.close(on);
  const sha = await scene.push("add f", { branch: "feat" });
  const pull = await people.openPull({ repo: REPO, by: "ada", title: "PR one", body: "see #1", head: "feat" });
  const merged = await scene.push("Merge feat");
  people.mergePull({ repo: REPO, number: pull.number, by: "ada", sha: merged });
  for (const end of ["success", "failure", "success"] as const) {
    const run = await actions.createWorkflowRun({ repo: REPO, sha, branch: "feat", by: "ada" });
    await actions.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: end });
  }
}

test.each([
  ["02-issues-opened", "issues", "opened"],
  ["03-issue_label-label_updated", "issue_label", "label_updated"],
  ["05-issue_label-label_updated", "issue_label", "label_updated"],
  ["issue_label", "issue_label", "label_updated"],
  ["09-issue_comment-created", "issue_comment", "created"],
  ["11-issue_label-label_cleared", "issue_label", "label_cleared"],
  ["14-push", "push", null],
  ["15-pull_request_sync-synchronized", "pull_request_sync", "synchronized"],
  ["21-pull_request-closed", "pull_request", "closed"],
  ["action_run_success", "action_run_success", "success"],
  ["action_run_failure", "action_run_failure", "failure"],
  ["action_run_recover", "action_run_recover", "recover"],
])("%s: the delivery of %s %s has the keys and types that were captured", async (name, type, action) => {
  await everything();
  const { headers, body } = fixture(name) as Capture;
  const sent = scene.sent.filter((each) => each.type === type && each.action === action);
  const delivery = sent.at(-1) as Delivery;
  expect(differences(body, scene.payload(delivery))).toEqual([]);
  const request = await signedRequest(delivery, SECRET);
  const missing = Object.keys(headers).filter((key) => !request.headers.has(key) && !OF_THE_WIRE.includes(key));
  expect(missing).toEqual([]);
  expect(request.headers.get("X-Forgejo-Event-Type")).toBe(type);
});

/** Put on by whoever sends. */
const OF_THE_WIRE = ["host", "content-length", "accept-encoding"];

test("lists, timelines, statuses and hooks are answered with the keys and types that were captured", async () => {
  await everything();
  scene.issue("Open", ["ready"]);
  const sha = scene.base;
  await scene.post(`/statuses/${sha}`, { state: "failure", context: "ci/build" });
  await scene.post(`/statuses/${sha}`, { state: "success", context: "ci/test" });
  const captured = async (name: string, path: string): Promise<string[]> =>
    differences(fixture(name), (await scene.get(path)).body);
  expect(await captured("issues-list", "/issues?type=issues")).toEqual([]);
  expect(await captured("timeline", "/issues/1/timeline")).toEqual([]);
  expect(await captured("combined-status", `/commits/${sha}/status`)).toEqual([]);
  const bare = await scene.push("nothing tested");
  expect((await scene.get(`/commits/${bare}/status`)).body).toEqual(fixture("combined-status-empty"));
  scene.git.add(REPO, "main", { message: "Read me", contents: { "README.md": "# r1\n\n" } });
  expect(await captured("contents", "/contents/README.md?ref=main")).toEqual([]);
  const hook = { type: "forgejo", config: { url: "https://loop.test/h", content_type: "json" }, events: ["issues"] };
  expect(differences(fixture("hook-create-response"), (await scene.post("/hooks", hook)).body)).toEqual([]);
});

test("every entry of a captured timeline is of a kind the stand-in leaves, told the same way", async () => {
  const { people } = scene.forgejo;
  const on = { repo: REPO, number: scene.issue("first"), by: "ada" };
  for (const label of ["ready", "bug"]) people.label({ ...on, label });
  people.label({ ...on, label: "ready" });
  people.unlabel({ ...on, label: "ready" });
  people.edit({ ...on, title: "first edited" });
  people.comment({ ...on, body: "a comment edited" });
  people.clearLabels(on);
  people.close(on);
  const told = (list: unknown): unknown[] =>
    (list as { type: string; body: string; label: { name: string } | null }[]).map(({ type, body, label }) => [
      type,
      body,
      label?.name ?? null,
    ]);
  expect(told((await scene.get("/issues/1/timeline")).body)).toEqual(told(fixture("timeline")));
});

test("the comparison finds a key that is missing, one too many, and another type", () => {
  expect(differences({ a: 1, b: [{ c: "x" }], d: null }, { a: "1", b: [{ e: 1 }], d: 3 })).toEqual([
    '$.a: 1 was "1"',
    "$.b[0].c is missing",
    "$.b[0].e was never captured",
  ]);
});
