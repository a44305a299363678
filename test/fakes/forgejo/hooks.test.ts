/** What is sent, to whom, under which headers, and what a hook asked for by the API really is. */
import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { type HookType, typesFor } from "./hook-events.ts";
import { REPO, Scene, SECRET, type Told } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const CONFIG = { url: "https://other.test/h", content_type: "json", secret: "hook secret" };
const hook = (more: Record<string, unknown> = {}): Promise<Told> =>
  scene.post("/hooks", { type: "forgejo", config: CONFIG, active: true, ...more });

/** Types told to the hook at other.test since the last look. */
function toldThere(): string[] {
  return scene.sent.splice(0).flatMap((each) => (each.url === CONFIG.url ? [each.type] : []));
}

describe("a delivery", () => {
  test("bears the same event under four names, and signatures of its very text", async () => {
    scene.issue("Widgets wobble", ["ready"]);
    const delivery = scene.sent[1];
    if (delivery === undefined) throw new Error("two deliveries were to be sent");
    const request = await scene.forgejo.signed(delivery);
    const text = await request.text();
    const sha256 = createHmac("sha256", SECRET).update(text).digest("hex");
    for (const name of ["Forgejo", "Gitea", "Gogs", "GitHub"]) {
      expect(request.headers.get(`X-${name}-Event`)).toBe("issues");
      expect(request.headers.get(`X-${name}-Event-Type`)).toBe("issue_label");
      expect(request.headers.get(`X-${name}-Delivery`)).toBe(delivery.id);
      expect(request.headers.get(`X-${name}-Signature`)).toBe(name === "GitHub" ? null : sha256);
    }
    expect(request.headers.get("X-Hub-Signature-256")).toBe(`sha256=${sha256}`);
    expect(request.headers.get("X-Hub-Signature")).toMatch(/^sha1=[0-9a-f]{40}$/);
    expect(text).toBe(delivery.body);
  });

  test("is JSON as Go writes it: indented by two, three characters escaped", async () => {
    const { number } = scene.forgejo.people.createIssue({ repo: REPO, title: "a < b && c > d", by: "ada" });
    const { body } = scene.sent[0] ?? { body: "" };
    expect(body.split("\n")[1]).toBe('  "action": "opened",');
    expect(body).toContain('"title": "a \\u003c b \\u0026\\u0026 c \\u003e d"');
    expect(JSON.parse(body)).toMatchObject({ number, issue: { title: "a < b && c > d" } });
  });

  test("without a secret has every signature header, and all of them empty", async () => {
    scene = new Scene({ webhook: { url: "https://loop.test/h", secret: "" } });
    scene.issue();
    const { headers } = await scene.forgejo.signed(scene.sent[0] as never);
    const signatures = ["X-Forgejo-Signature", "X-Gitea-Signature", "X-Gogs-Signature", "X-Hub-Signature-256"];
    expect(signatures.map((name) => headers.get(name))).toEqual(["", "", "", "sha256="]);
  });

  test("as a form is signed over the JSON inside, not over the body", async () => {
    await hook({ config: { ...CONFIG, content_type: "form" }, events: ["issues_only"] });
    scene.issue();
    const delivery = scene.sent.find((each) => each.url === CONFIG.url);
    const request = await scene.forgejo.signed(delivery as never);
    const payload = new URLSearchParams(await request.text()).get("payload") ?? "";
    const digest = createHmac("sha256", CONFIG.secret).update(payload).digest("hex");
    expect(request.headers.get("X-Forgejo-Signature")).toBe(digest);
  });

  test("redelivered by hand is the old text under a new id; nothing is ever sent again by itself", () => {
    scene.issue();
    const [first] = scene.sent.splice(0);
    const again = scene.forgejo.redeliver(first?.id ?? "");
    expect([again.body, again.type]).toEqual([first?.body, "issues"]);
    expect(again.id).not.toBe(first?.id);
    expect(scene.sent).toEqual([again]);
  });
});

describe("a hook asked for by the API", () => {
  test.each<[string, Record<string, unknown>, number]>([
    ["a type of GitHub's", { type: undefined, name: "web" }, 422],
    ["a type nobody knows", { type: "web" }, 422],
    ["Forgejo's own type", {}, 201],
    ["the ancestor's type", { type: "gitea" }, 201],
    ["no url", { config: { content_type: "json" } }, 422],
    ["another content type", { config: { ...CONFIG, content_type: "xml" } }, 422],
  ])("with %s is answered %j", async (_what, more, status) => {
    expect((await hook(more)).status).toBe(status);
  });

  test("is not active unless it says so, tells of pushes alone unless it names events, and hides its secret", async () => {
    const { body, text } = await hook({ active: undefined });
    expect(body).toMatchObject({ active: false, events: ["push"], type: "forgejo", config: { content_type: "json" } });
    expect(text).not.toContain(CONFIG.secret);
    scene.issue();
    await scene.push("one");
    expect(toldThere()).toEqual([]);
  });

  test.each<[string[], HookType[]]>([
    [["issues"], ["issues", "issue_assign", "issue_label", "issue_milestone", "issue_comment"]],
    [["issues_only"], ["issues"]],
    [["issue_label", "labelled"], ["issue_label"]],
    [["nothing", "known"], []],
    [[], ["push"]],
    [
      ["action_run_failure", "push"],
      ["push", "action_run_failure"],
    ],
    [["pull_request_only"], ["pull_request"]],
    [
      ["pull_request_review"],
      ["pull_request_review_approved", "pull_request_review_rejected", "pull_request_review_comment"],
    ],
  ])("for %j is told of %j", (asked, types) => {
    expect(typesFor(asked)).toEqual(types);
  });

  test("for pull_request is told of all ten of its types", () => {
    expect(typesFor(["pull_request"])).toHaveLength(10);
  });

  test("is told of what it asked for, and signed with its own secret and header", async () => {
    await hook({ events: ["issue_label"], authorization_header: "Bearer xyz" });
    scene.issue("Widgets wobble", ["ready"]);
    const there = scene.sent.filter((each) => each.url === CONFIG.url);
    expect(there.map((each) => each.type)).toEqual(["issue_label"]);
    const request = await scene.forgejo.signed(there[0] as never);
    const digest = createHmac("sha256", CONFIG.secret)
      .update(await request.text())
      .digest("hex");
    expect(request.headers.get("X-Forgejo-Signature")).toBe(digest);
    expect(request.headers.get("authorization")).toBe("Bearer xyz");
  });

  test("changed without events is back to push, keeps what a change cannot reach, and keeps the old secret", async () => {
    await hook({ events: ["issues", "action_run_success"], authorization_header: "Bearer xyz" });
    const { body } = await scene.patch("/hooks/1", { config: { secret: "new secret" } });
    expect(body).toMatchObject({ events: ["push", "action_run_success"], authorization_header: "", active: true });
    await scene.push("one");
    const sent = scene.sent.find((each) => each.url === CONFIG.url && each.type === "push");
    const request = await scene.forgejo.signed(sent as never);
    const digest = createHmac("sha256", CONFIG.secret)
      .update(await request.text())
      .digest("hex");
    expect(request.headers.get("X-Forgejo-Signature")).toBe(digest);
  });

  test("changed cannot take up action runs", async () => {
    await hook({ events: ["push"] });
    expect((await scene.patch("/hooks/1", { events: ["push", "action_run_failure"] })).body).toMatchObject({
      events: ["push"],
    });
  });

  test("is tested with a push that never was, whatever it asked for", async () => {
    await hook({ events: ["issue_label"] });
    expect((await scene.post("/hooks/1/tests")).status).toBe(204);
    expect(toldThere()).toEqual(["push"]);
  });

  test("is made and seen by admins of the repository alone, and deleted for good", async () => {
    await hook();
    expect((await scene.delete("/hooks/1")).status).toBe(204);
    expect((await scene.get("/hooks")).body).toEqual([]);
    scene.forgejo.people.setPermission(REPO, "afk-loop", "write");
    expect((await hook()).status).toBe(403);
    expect((await scene.get("/hooks")).status).toBe(403);
  });
});
