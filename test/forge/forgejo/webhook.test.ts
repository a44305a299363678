/** What a delivery tells. The captured ones are Gitea 1.17's, the common ancestor's; the run's are Forgejo's. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { forgejoHeaders, forgejoRefusal, parseForgejoDelivery } from "../../../lib/forge/forgejo/webhook.ts";
import { commandContract } from "../../contracts/command-contract.ts";
import { REPO, Scene } from "../../fakes/forgejo/scene.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/forgejo");
const capture = z.object({ headers: z.record(z.string(), z.string()), body: z.record(z.string(), z.unknown()) });
const DELIVERIES = readdirSync(FOLDER).filter((file) => /^(\d|action_run|issue_label)/.test(file));
const captured = (file: string) => {
  const { headers, body } = capture.parse(JSON.parse(readFileSync(join(FOLDER, file), "utf8")));
  const header = (name: string) => new Headers(headers).get(name) ?? "";
  return { headers: new Headers(headers), event: header("x-forgejo-event") || header("x-gitea-event"), body };
};

const r1 = { forge: "forgejo", owner: "alice", name: "r1", id: "1" };
const texts = { title: expect.any(String), body: expect.any(String), updatedIso: "2026-11-23T08:56:13Z" };

describe("the captured deliveries", () => {
  test.each<[string, object]>([
    ["02-issues-opened.json", { type: "issue", action: "opened", issue: 2, seen: { ...texts, labels: ["bug"] } }],
    [
      "03-issue_label-label_updated.json",
      { type: "issue", action: "label_updated", issue: 2, seen: { ...texts, labels: ["bug"] } },
    ],
    [
      "05-issue_label-label_updated.json",
      { type: "issue", action: "label_updated", issue: 1, seen: { ...texts, labels: ["ready"] } },
    ],
    ["09-issue_comment-created.json", { type: "comment", action: "created", issue: 1, seen: expect.anything() }],
    // Its labels are those it took off.
    ["11-issue_label-label_cleared.json", { type: "issue", action: "label_cleared", issue: 1 }],
    ["15-pull_request_sync-synchronized.json", { type: "pull_request", action: "synchronized", issue: null }],
    ["21-pull_request-closed.json", { type: "pull_request", action: "closed", issue: null }],
    ["issue_label.json", { type: "issue", action: "label_updated", issue: 1, seen: { ...texts, labels: ["ready"] } }],
  ])("%s", (file, told) => {
    const { event, body } = captured(file);
    expect(parseForgejoDelivery(event, body)).toEqual({ ...told, repo: r1 });
  });

  test.each(["success", "failure", "recover"])("a run's %s, whose repo is inside it", (action) => {
    const { event, body } = captured(`action_run_${action}.json`);
    expect(parseForgejoDelivery(event, body)).toEqual({ type: "ignored", reason: "CI of another branch" });
    const ofTheTrunk = { ...body, run: { ...z.looseObject({}).parse(body.run), prettyref: "main" } };
    expect(parseForgejoDelivery(event, ofTheTrunk)).toMatchObject({
      type: "ci",
      action,
      issue: null,
      repo: { forge: "forgejo", owner: "alice", name: "r1" },
    });
  });

  test("14-push.json, of a branch that is nobody's", () => {
    const { event, body } = captured("14-push.json");
    const told = parseForgejoDelivery(event, body);
    expect(told.type === "ignored" ? told.reason : told.type).toMatch(/^(push|push of another branch)$/);
  });

  test("each is read, or ignored with a reason", () => {
    for (const file of DELIVERIES) {
      const { event, body } = captured(file);
      const told = parseForgejoDelivery(event, body);
      if (told.type === "ignored") expect(told.reason).not.toBe("");
    }
  });
});

const repository = { id: 7, full_name: "o/n", default_branch: "main" };
const repo = { forge: "forgejo", owner: "o", name: "n", id: "7" };

describe("a push", () => {
  const push = (ref: string, after = "1") => parseForgejoDelivery("push", { ref, after, repository });

  test.each<[string, object]>([
    ["refs/heads/main", { type: "push", action: "pushed", repo, issue: null }],
    ["refs/heads/afk/12-0f", { type: "push", action: "pushed", repo, issue: 12 }],
    ["refs/heads/feature", { type: "ignored", reason: "push of another branch" }],
    ["refs/tags/v1", { type: "ignored", reason: "push of a tag" }],
  ])("to %s", (ref, told) => {
    expect(push(ref)).toEqual(told);
  });

  test.each([40, 64])("to %i zeros is a deletion", (length) => {
    expect(push("refs/heads/main", "0".repeat(length))).toEqual({ type: "ignored", reason: "branch deleted" });
  });
});

describe("the text rides along only where it is of the time it names", () => {
  const issue = { number: 3, title: "t", body: null, updated_at: "2026-11-23T08:56:13Z", labels: [{ name: "a" }] };
  const seen = { title: "t", body: "", updatedIso: "2026-11-23T08:56:13Z", labels: ["a"] };

  test.each([
    ["issues", "opened", true],
    ["issues", "label_updated", true],
    ["issues", "edited", false],
    ["issues", "label_cleared", false],
    ["issues", "closed", false],
    ["issues", "reopened", false],
    ["issue_comment", "created", true],
    ["issue_comment", "edited", false],
    ["issue_comment", "deleted", true],
  ])("%s %s: %s", (event, action, shows) => {
    const told = parseForgejoDelivery(event, { action, issue, repository });
    expect(told).toMatchObject({ action, issue: 3 });
    expect("seen" in told ? told.seen : undefined).toEqual(shows ? seen : undefined);
  });
});

describe("what is not read is ignored, saying so", () => {
  test.each<[string, unknown, string]>([
    ["wiki", { repository }, "event not read: wiki"],
    ["__proto__", { repository }, "event not read: __proto__"],
    ["issues", { action: "assigned", issue: { number: 1 }, repository }, "action not read: issues.assigned"],
    ["issues", { action: "opened", repository }, "payload without issue number"],
    ["issues", { issue: { number: 1 }, repository }, "payload without action"],
    ["issues", { action: "opened", issue: { number: 1 } }, "payload without repository id"],
    ["issues", { action: "opened", repository: { id: 1 } }, "payload without repository name"],
    ["push", { repository }, "payload without ref"],
    ["action_run_failure", { action: "failure", repository }, "payload without repository id"],
    ["action_run_failure", { run: { repository } }, "payload without action"],
    ["issues", null, "payload without repository id"],
    ["issues", [], "payload without repository id"],
  ])("%s", (event, payload, reason) => {
    expect(parseForgejoDelivery(event, payload)).toEqual({ type: "ignored", reason });
  });

  test("a comment on a pull request is a pull request's", () => {
    const payload = { action: "created", issue: { number: 3, pull_request: {} }, is_pull: true, repository };
    expect(parseForgejoDelivery("issue_comment", payload)).toEqual({
      type: "pull_request",
      action: "created",
      repo,
      issue: null,
    });
  });
});

describe("what changes whether and how a pull request can land wakes", () => {
  const pull_request = { head: { ref: "afk/12-0f", label: "afk/12-0f" } };

  test.each([
    ["pull_request", "opened"],
    ["pull_request", "edited"],
    ["pull_request", "closed"],
    ["pull_request", "reopened"],
    ["pull_request", "synchronized"],
    ["pull_request", "review_requested"],
    ["pull_request", "review_request_removed"],
    ["pull_request_approved", "reviewed"],
    ["pull_request_rejected", "reviewed"],
    ["pull_request_comment", "reviewed"],
  ])("%s %s", (event, action) => {
    const told = { type: "pull_request", action, repo };
    const payload = { action, number: 3, pull_request, repository };
    expect(parseForgejoDelivery(event, payload)).toEqual({ ...told, issue: 12 });
    const gone = { head: { ref: "refs/pull/3/head", label: "afk/12-0f" } };
    expect(parseForgejoDelivery(event, { ...payload, pull_request: gone })).toEqual({ ...told, issue: 12 });
    const other = { head: { ref: "feature" } };
    expect(parseForgejoDelivery(event, { ...payload, pull_request: other })).toEqual({ ...told, issue: null });
    expect(parseForgejoDelivery(event, { ...payload, pull_request: undefined })).toEqual({ ...told, issue: null });
  });

  test("a comment on it, which may answer a review", () => {
    const issue = { number: 3, pull_request: {} };
    const payload = { action: "created", issue, pull_request, is_pull: true, repository };
    expect(parseForgejoDelivery("issue_comment", payload)).toMatchObject({ type: "pull_request", issue: 12 });
  });

  test.each<[string, string | undefined, object]>([
    ["the trunk", "main", { type: "ci", issue: null }],
    ["a branch of ours", "afk/12-0f", { type: "ci", issue: 12 }],
    ["none", undefined, { type: "ci", issue: null }],
    ["an empty one", "", { type: "ci", issue: null }],
    ["somebody's branch", "topic", { type: "ignored", reason: "CI of another branch" }],
    ["a tag", "v1.2.3", { type: "ignored", reason: "CI of another branch" }],
  ])("a CI run of %s", (_whose, prettyref, told) => {
    const run = { prettyref, repository };
    expect(parseForgejoDelivery("action_run_success", { action: "success", run })).toMatchObject(told);
  });

  test("a CI run of a pull request between somebody's branches does not", () => {
    const event_payload = JSON.stringify({
      pull_request: { head: { ref: "topic", repo_id: 7 }, base: { repo_id: 7 } },
    });
    const run = { prettyref: "#3", event_payload, repository };
    expect(parseForgejoDelivery("action_run_success", { action: "success", run })).toMatchObject({ type: "ignored" });
  });

  test("a CI run for it, whose ref is its number", () => {
    const proposes = (head: object) => JSON.stringify({ pull_request: { head, base: { repo_id: 7 } } });
    const ran = (event_payload: unknown) =>
      parseForgejoDelivery("action_run_failure", {
        action: "failure",
        run: { prettyref: "#3", event_payload, repository },
      });
    expect(ran(proposes({ ref: "afk/12-0f", repo_id: 7 }))).toMatchObject({ type: "ci", issue: 12 });
    expect(ran(proposes({ ref: "afk/12-0f", repo_id: 8 }))).toMatchObject({ type: "ci", issue: null });
    expect(ran(5)).toMatchObject({ type: "ci", issue: null });
  });

  test("every end of a CI run of its branch, as the stand-in tells it, wakes the issue; a status by a CI outside none", async () => {
    const scene = new Scene();
    const sha = await scene.push("Test", { branch: "afk/12-0f" });
    const { actions, outside } = scene.forgejo;
    for (const conclusion of ["failure", "cancelled", "success"] as const) {
      const run = await actions.createWorkflowRun({ repo: REPO, sha, branch: "afk/12-0f", by: "ada" });
      scene.heard();
      await actions.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion });
      expect(scene.sent.length).toBeGreaterThan(0);
      for (const delivery of scene.sent)
        expect(parseForgejoDelivery(delivery.type, scene.payload(delivery))).toMatchObject({ type: "ci", issue: 12 });
    }
    const run = await outside.createWorkflowRun({ repo: REPO, sha, branch: "afk/12-0f", by: "ada" });
    scene.heard();
    await outside.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure" });
    expect(scene.sent).toEqual([]);
  });

  test.each(["assigned", "label_updated", "milestoned"])("pull_request %s does not", (action) => {
    expect(parseForgejoDelivery("pull_request", { action, pull_request, repository })).toMatchObject({
      type: "ignored",
    });
  });
});

describe("the headers", () => {
  const digest = `${"0aF".repeat(21)}0`;

  test.each<[string, string | null]>([
    [digest, digest],
    ["", null],
    [`sha256=${digest}`, null],
    [digest.slice(1), null],
    [`${digest}0`, null],
  ])("a signature %j is %j", (value, expected) => {
    expect(forgejoHeaders.digest(value)).toBe(expected);
  });

  test("Gitea's alone are refused, Forgejo's beside them are not", () => {
    expect(forgejoRefusal(new Headers({ "x-gitea-event": "push" }))).toBe("Gitea is not supported");
    expect(forgejoRefusal(new Headers({ "x-gitea-event": "push", "x-forgejo-event": "push" }))).toBeNull();
    expect(forgejoRefusal(new Headers({ "x-github-event": "push" }))).toBeNull();
  });

  test("each captured Gitea delivery is refused as it came", () => {
    for (const file of DELIVERIES.filter((name) => /^\d/.test(name)))
      expect(forgejoRefusal(captured(file).headers)).toBe("Gitea is not supported");
  });
});

describe("a comment that begins with a command is named, and no other", () => {
  commandContract(parseForgejoDelivery, repository);
});
