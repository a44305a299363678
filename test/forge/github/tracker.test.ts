import { describe, expect, test } from "vitest";
import type { Account, Reading } from "../../../lib/core/types.ts";
import type { Tracker } from "../../../lib/forge/tracker.ts";
import { commentContract } from "../../contracts/comment-contract.ts";
import { answering, OURS, REPO, stage } from "./stage.ts";

const READY = "ready-for-agent";
const person = (login: string, id = "0"): Account => ({ id, login, kind: "person" });

/** How GitHub proves a pin. */
async function lastEditedIso({ pin }: Tracker, number: number): Promise<Reading<string | null>> {
  if (pin.type !== "last_edit") throw new Error("GitHub tells the last edit");
  return pin.lastEditedIso(number);
}

const switchedOff = () => Response.json({ message: "Issues has been disabled in this repository." }, { status: 410 });

describe("repo", () => {
  test("tells id, names, default branch and urls", async () => {
    const { tracker, scene } = stage();
    expect(await tracker.repo()).toEqual({
      known: true,
      value: {
        id: String(scene.github.state.repos[0]?.id),
        owner: "octo",
        name: "widgets",
        defaultBranch: "main",
        cloneUrl: `https://github.com/${REPO}.git`,
        url: `https://github.com/${REPO}`,
      },
    });
  });

  test("of a renamed repo tells its new name and the same id", async () => {
    const { tracker, people } = stage();
    const before = await tracker.repo();
    people.renameRepo({ repo: REPO, to: "gadgets", by: "octo" });
    const after = await tracker.repo();
    expect(after).toMatchObject({ known: true, value: { name: "gadgets" } });
    expect(after.known && after.value.id).toBe(before.known && before.value.id);
  });
});

describe("candidates", () => {
  test("are the open issues with the label, however it is written", async () => {
    const { tracker, scene, people } = stage();
    const ready = scene.issue("ready", ["Ready-For-Agent", "priority:1"]);
    scene.issue("not ready", ["bug"]);
    const closed = scene.issue("closed", [READY]);
    people.close({ repo: REPO, number: closed, by: "ada" });
    expect(await tracker.candidates(READY)).toMatchObject({
      known: true,
      value: [{ number: ready, labels: ["Ready-For-Agent", "priority:1"] }],
    });
  });

  test("are looked through again on our side, whatever the forge's filter let pass", async () => {
    const issue = { id: 1, number: 1, state: "open", labels: [{ name: READY }] };
    const list = [
      issue,
      { ...issue, id: 2, number: 2, pull_request: { url: "…" } },
      { ...issue, id: 3, number: 3, state: "closed" },
      { ...issue, id: 4, number: 4, labels: [{ name: "ready" }, "other"] },
      { ...issue, id: 5, number: 5, labels: ["READY-for-agent"] },
    ];
    const { tracker } = answering(Response.json(list));
    expect(await tracker.candidates(READY)).toEqual({
      known: true,
      value: [
        { id: "1", number: 1, labels: [READY] },
        { id: "5", number: 5, labels: ["READY-for-agent"] },
      ],
    });
  });

  test("are read to the last page, and no further than the tenth", async () => {
    const { tracker, scene, heard } = stage();
    for (let count = 0; count < 101; count++) scene.issue(`issue ${count}`, [READY]);
    const reading = await tracker.candidates(READY);
    expect(reading.known && reading.value.length).toBe(101);
    expect(heard()).toHaveLength(2);

    const next = { link: `<https://api.github.test/repos/${REPO}/issues?page=2>; rel="next"` };
    const endless = answering(Response.json([], { headers: next }));
    expect(await endless.tracker.candidates(READY)).toEqual({ known: true, value: [] });
    expect(endless.asked).toHaveLength(10);
  });
});

describe("issue", () => {
  test("is told with the forge's own time of the answer", async () => {
    const { tracker, scene } = stage();
    const number = scene.issue("Widgets wobble", ["bug"]);
    expect(await tracker.issue(number)).toMatchObject({
      known: true,
      value: {
        type: "present",
        forgeIso: "2026-11-01T09:00:00Z",
        issue: { number, title: "Widgets wobble", body: "They do.", state: "open", labels: ["bug"] },
      },
    });
  });

  test("deleted is gone, transferred is gone, and one that never was is gone", async () => {
    const { tracker, scene, people } = stage();
    people.addRepo({ name: "octo/elsewhere", permissions: { ada: "write", "afk-loop": "read" } });
    const deleted = scene.issue();
    people.deleteIssue({ repo: REPO, number: deleted, by: "octo" });
    const transferred = scene.issue();
    people.transferIssue({ repo: REPO, number: transferred, to: "octo/elsewhere", by: "octo" });
    for (const number of [deleted, transferred, 999])
      expect(await tracker.issue(number)).toEqual({ known: true, value: { type: "gone" } });
  });

  test("transferred away and back is another issue, and this one gone", async () => {
    const { tracker, scene, people } = stage();
    people.addRepo({ name: "octo/elsewhere", permissions: { ada: "write", "afk-loop": "read" } });
    const number = scene.issue();
    const there = people.transferIssue({ repo: REPO, number, to: "octo/elsewhere", by: "octo" });
    people.transferIssue({ repo: "octo/elsewhere", number: there.number, to: REPO, by: "octo" });
    expect(await tracker.issue(number)).toEqual({ known: true, value: { type: "gone" } });
  });

  test("transferred to where we cannot look is gone", async () => {
    const { tracker, scene, people } = stage();
    people.addRepo({ name: "octo/secret", private: true, permissions: { ada: "write" } });
    const number = scene.issue();
    people.transferIssue({ repo: REPO, number, to: "octo/secret", by: "octo" });
    expect(await tracker.issue(number)).toEqual({ known: true, value: { type: "gone" } });
  });

  test("of a renamed repo is the same issue", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.renameRepo({ repo: REPO, to: "gadgets", by: "octo" });
    expect(await tracker.issue(number)).toMatchObject({ known: true, value: { type: "present", issue: { number } } });
  });

  test("of a repo that is renamed back between two reads is the same issue", async () => {
    const { tracker, scene, people, faults } = stage();
    const number = scene.issue();
    people.renameRepo({ repo: REPO, to: "gadgets", by: "octo" });
    faults.add(
      ({ path }) => path === `/repos/${REPO}`,
      (_request, serve) => {
        people.renameRepo({ repo: "octo/gadgets", to: REPO.split("/")[1] ?? "", by: "octo" });
        return serve();
      },
      1,
    );
    expect(await tracker.issue(number)).toMatchObject({ known: true, value: { type: "present", issue: { number } } });
  });

  test("is unread, not gone, while the repo itself cannot be read", async () => {
    const { tracker, scene, faults } = stage();
    scene.issue();
    faults.add(({ path }) => path === `/repos/${REPO}`, 404);
    expect(await tracker.issue(999)).toMatchObject({ known: false });
  });

  test("is unread, not gone, while the repo's issues are switched off", async () => {
    const { tracker, scene, faults } = stage();
    const number = scene.issue();
    faults.add(({ path }) => path.includes("/issues/"), switchedOff);
    expect(await tracker.issue(number)).toMatchObject({ known: false });
  });
});

describe("events", () => {
  test("tell labels, closings, reopenings and new titles in their order, by whom and when", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue("Widgets wobble", ["bug"]);
    scene.later(60);
    people.addBot("helper");
    people.label({ repo: REPO, number, label: READY, by: "helper[bot]" });
    people.unlabel({ repo: REPO, number, label: "bug", by: "ada" });
    people.edit({ repo: REPO, number, title: "Widgets wobble badly", by: "ada" });
    const sha = await scene.push(`Fixes #${number}`);
    people.reopen({ repo: REPO, number, by: "ada" });
    const reading = await tracker.events(number);
    const events = reading.known ? reading.value : [];
    expect(events.map(({ type, label, actor, commit }) => [type, label, actor?.login, actor?.kind, commit])).toEqual([
      ["labeled", "bug", "ada", "person", null],
      ["labeled", READY, "helper[bot]", "bot", null],
      ["unlabeled", "bug", "ada", "person", null],
      ["renamed", null, "ada", "person", null],
      ["closed", null, "ada", "person", sha],
      ["reopened", null, "ada", "person", null],
    ]);
    expect(events.map((event) => event.atIso.slice(11, 19))).toEqual(["09:00:00", ...Array(5).fill("09:01:00")]);
    expect(new Set(events.map((event) => event.id)).size).toBe(6);
  });

  test("of kinds we do not read are left out, whatever shape they have", async () => {
    const { tracker } = answering(Response.json([{ event: "mentioned" }, { event: "subscribed", id: "x" }]));
    expect(await tracker.events(1)).toEqual({ known: true, value: [] });
  });

  test("keep an actor whose account is gone as nobody, and one of a strange type as unknown", async () => {
    const event = { id: 1, event: "labeled", created_at: "2026-11-01T09:00:00Z", label: { name: READY } };
    const ghost = { ...event, actor: null };
    const odd = { ...event, id: 2, actor: { id: 5, login: "mona", type: "Mannequin" } };
    const { tracker } = answering(Response.json([ghost, odd]));
    expect(await tracker.events(1)).toMatchObject({
      known: true,
      value: [{ actor: null }, { actor: { id: "5", login: "mona", kind: "unknown" } }],
    });
  });

  test("are unread when one of ours is malformed", async () => {
    const { tracker } = answering(Response.json([{ id: 1, event: "labeled", label: { name: READY } }]));
    expect(await tracker.events(1)).toMatchObject({
      known: false,
      why: expect.stringContaining("answer not understood"),
    });
  });

  test("are read to the last page", async () => {
    const { tracker, scene, people, heard } = stage();
    const number = scene.issue();
    for (let count = 0; count < 60; count++) {
      people.label({ repo: REPO, number, label: READY, by: "ada" });
      people.unlabel({ repo: REPO, number, label: READY, by: "ada" });
    }
    const reading = await tracker.events(number);
    expect(reading.known && reading.value.length).toBe(120);
    expect(heard()).toHaveLength(2);
  });

  test("that do not end are unread, for the newest are the last", async () => {
    const next = { link: `<https://api.github.test/x?page=2>; rel="next"` };
    const endless = answering(Response.json([], { headers: next }));
    expect(await endless.tracker.events(1)).toMatchObject({ known: false, why: "the list is too long to read" });
  });
});

describe("lastEditedIso", () => {
  test("is null for a body never edited, and the time of the edit after one", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    expect(await lastEditedIso(tracker, number)).toEqual({ known: true, value: null });
    scene.later(30);
    people.edit({ repo: REPO, number, title: "another title", by: "ada" });
    expect(await lastEditedIso(tracker, number)).toEqual({ known: true, value: null });
    people.edit({ repo: REPO, number, body: "another body", by: "ada" });
    expect(await lastEditedIso(tracker, number)).toEqual({ known: true, value: "2026-11-01T09:00:30Z" });
  });

  test.each([
    ["errors", { data: { repository: { issue: null } }, errors: [{ type: "NOT_FOUND" }] }],
    ["errors beside data", { data: { repository: { issue: { lastEditedAt: null } } }, errors: [{ message: "x" }] }],
    ["no issue", { data: { repository: { issue: null } } }],
    ["no repository", { data: { repository: null } }],
    ["no data", { data: null }],
    ["no such field", { data: { repository: { issue: {} } } }],
    ["something else", []],
  ])("is unread for an answer with %s", async (_name, body) => {
    expect(await lastEditedIso(answering(Response.json(body)).tracker, 1)).toMatchObject({ known: false });
  });

  test("is unread in GitHub's own words, and a refusal is a token's", async () => {
    const errors = [{ type: "FORBIDDEN", message: "Resource not accessible by personal access token" }];
    const refused = answering(Response.json({ data: { repository: null }, errors }));
    const why = expect.stringContaining("Resource not accessible");
    expect(await lastEditedIso(refused.tracker, 1)).toMatchObject({ known: false, why, auth: true });
  });

  test("is unread for an issue that is not there", async () => {
    expect(await lastEditedIso(stage().tracker, 999)).toMatchObject({ known: false });
  });
});

describe("permission", () => {
  test.each([
    ["admin", "admin"],
    ["maintain", "write"],
    ["write", "write"],
    ["triage", "read"],
    ["read", "read"],
  ] as const)("%s counts as %s", async (role, permission) => {
    const { tracker, people } = stage();
    const { id } = people.addUser("someone");
    people.setPermission(REPO, "someone", role);
    expect(await tracker.permission(person("someone", String(id)))).toEqual({ known: true, value: permission });
  });

  test("older answers that still say maintain and triage are understood", async () => {
    const answer = (permission: string) => answering(Response.json({ permission, user: { id: 1 } })).tracker;
    expect(await answer("maintain").permission(person("a", "1"))).toEqual({ known: true, value: "write" });
    expect(await answer("triage").permission(person("a", "1"))).toEqual({ known: true, value: "read" });
  });

  test("of somebody the forge does not know is none", async () => {
    expect(await stage().tracker.permission(person("nobody"))).toEqual({ known: true, value: "none" });
  });

  test("of another account that now bears the login is none", async () => {
    const { tracker, people } = stage();
    people.setPermission(REPO, "ada", "admin");
    expect(await tracker.permission(person("ada", "424242"))).toEqual({ known: true, value: "none" });
  });

  test("a 404 while the repo cannot be read, a 403, a 500 and a strange word are unread", async () => {
    const { tracker, faults } = stage();
    faults.add(({ path }) => path.startsWith(`/repos/${REPO}`), 404);
    expect(await tracker.permission(person("ada"))).toMatchObject({ known: false, auth: false });
    for (const [status, auth] of [
      [403, true],
      [500, false],
    ] as const) {
      const { tracker } = answering(Response.json({ message: "no" }, { status }));
      expect(await tracker.permission(person("ada"))).toMatchObject({ known: false, auth });
    }
    const strange = answering(Response.json({ permission: "owner", user: { id: 1 } }));
    expect(await strange.tracker.permission(person("ada", "1"))).toMatchObject({ known: false });
  });
});

describe("blockers", () => {
  test("are told with their state and repo, closed ones too", async () => {
    const { tracker, scene, people } = stage();
    people.addRepo({ name: "octo/other", permissions: { ada: "write", "afk-loop": "read" } });
    const number = scene.issue();
    const open = scene.issue("open");
    const closed = scene.issue("closed");
    const far = people.createIssue({ repo: "octo/other", title: "far", by: "ada" }).number;
    for (const blocker of [{ number: open }, { number: closed }, { repo: "octo/other", number: far }])
      people.addBlockedBy({ repo: REPO, number, by: "ada", blocker });
    people.close({ repo: REPO, number: closed, by: "ada" });
    const reading = await tracker.blockers(number);
    expect(
      reading.known && reading.value.toSorted((a, b) => a.repo.localeCompare(b.repo) || a.number - b.number),
    ).toEqual([
      { repo: "octo/other", number: far, state: "open" },
      { repo: REPO, number: open, state: "open" },
      { repo: REPO, number: closed, state: "closed" },
    ]);
  });

  test("are unread while one is hidden from this token", async () => {
    const { tracker, scene, people, faults } = stage();
    const number = scene.issue();
    people.addBlockedBy({ repo: REPO, number, by: "ada", blocker: { number: scene.issue() } });
    expect(await tracker.blockers(number)).toMatchObject({ known: true, value: [{ state: "open" }] });
    faults.add(
      ({ path }) => path.endsWith("/blocked_by"),
      () => Response.json([]),
    );
    expect(await tracker.blockers(number)).toEqual({
      known: false,
      why: "a blocker is hidden from this token",
      auth: false,
    });
  });

  test("of a GitHub without dependencies are none; behind a 403 they are unread", async () => {
    const { tracker, scene, faults } = stage();
    const number = scene.issue();
    faults.add(({ path }) => path.includes("/dependencies/"), 404, 1);
    expect(await tracker.blockers(number)).toEqual({ known: true, value: [] });
    faults.add(({ path }) => path.includes("/dependencies/"), 403);
    expect(await tracker.blockers(number)).toMatchObject({ known: false, auth: true });
  });
});

describe("blocker", () => {
  test("named in a body is read wherever it is, and follows a transfer", async () => {
    const { tracker, scene, people } = stage();
    people.addRepo({ name: "octo/other", permissions: { ada: "write", "afk-loop": "read" } });
    const number = scene.issue();
    const far = people.createIssue({ repo: "octo/other", title: "far", by: "ada" }).number;
    expect(await tracker.blocker(REPO, number)).toEqual({ known: true, value: { repo: REPO, number, state: "open" } });
    people.close({ repo: "octo/other", number: far, by: "ada" });
    expect(await tracker.blocker("octo/other", far)).toMatchObject({ known: true, value: { state: "closed" } });
    people.transferIssue({ repo: REPO, number, to: "octo/other", by: "octo" });
    expect(await tracker.blocker(REPO, number)).toMatchObject({ known: true, value: { state: "open" } });
  });

  test("deleted counts as closed", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.deleteIssue({ repo: REPO, number, by: "octo" });
    expect(await tracker.blocker(REPO, number)).toEqual({
      known: true,
      value: { repo: REPO, number, state: "closed" },
    });
  });

  test("that we may not see, or that never was, is unread: it may be open", async () => {
    const { tracker, people, faults } = stage();
    people.addRepo({ name: "octo/secret", private: true, permissions: { ada: "write" } });
    const { number } = people.createIssue({ repo: "octo/secret", title: "secret", by: "ada" });
    expect(await tracker.blocker("octo/secret", number)).toMatchObject({ known: false });
    expect(await tracker.blocker(REPO, 999)).toMatchObject({ known: false });
    faults.add(({ path }) => path.includes("/issues/"), switchedOff, 1);
    expect(await tracker.blocker(REPO, 1)).toMatchObject({ known: false });
    // Anybody can name any repo in a body: that it is closed to us calls nobody.
    faults.add(({ path }) => path.includes("/issues/"), 403);
    expect(await tracker.blocker("octo/secret", number)).toMatchObject({ known: false, auth: false });
  });
});

describe("head and compare", () => {
  test("head is the branch's newest commit, also of a branch with slashes", async () => {
    const { tracker, scene } = stage();
    expect(await tracker.head("main")).toEqual({ known: true, value: scene.base });
    const sha = await scene.push("red", { branch: "afk/1-abc" });
    expect(await tracker.head("afk/1-abc")).toEqual({ known: true, value: sha });
    expect(await tracker.head("missing")).toMatchObject({ known: false });
  });

  test("an unmoved branch has its base as its head", async () => {
    const { tracker, scene } = stage();
    expect(await tracker.compare(scene.base, "main")).toEqual({
      known: true,
      value: { head: scene.base, commits: [] },
    });
  });

  test("tells every commit after the base, oldest first, over all pages", async () => {
    const { tracker, scene, heard } = stage();
    const shas: string[] = [];
    for (let count = 0; count < 205; count++) shas.push(await scene.push(`commit ${count}\n\nAFK-Run: r${count}`));
    const reading = await tracker.compare(scene.base, "main");
    expect(reading.known && reading.value.head).toBe(shas.at(-1));
    expect(reading.known && reading.value.commits.map(({ sha }) => sha)).toEqual(shas);
    expect(reading.known && reading.value.commits[7]?.message).toContain("AFK-Run: r7");
    expect(heard()).toHaveLength(3);
  });

  test("a branch set back behind the base has the commit where both meet as its head", async () => {
    const { tracker, scene } = stage();
    const tip = await scene.push("later taken back");
    scene.git.setBranch(REPO, "main", scene.base);
    expect(await tracker.compare(tip, "main")).toEqual({ known: true, value: { head: scene.base, commits: [] } });
  });

  test("a push between two pages leaves the comparison unread", async () => {
    const page = { status: "ahead", total_commits: 2, merge_base_commit: { sha: "a" }, commits: [] };
    const { tracker } = answering(Response.json(page));
    expect(await tracker.compare("a", "main")).toMatchObject({ known: false });
  });

  test("more commits than are listed leave it unread, and no other try is shorter", async () => {
    const next = { link: `<https://api.github.test/x?page=2>; rel="next"` };
    const page = { status: "ahead", total_commits: 2600, merge_base_commit: { sha: "a" }, commits: [] };
    const { tracker } = answering(Response.json(page, { headers: next }));
    expect(await tracker.compare("a", "main")).toMatchObject({ known: false, tooLong: true });
  });

  test("an unknown base is unread", async () => {
    expect(await stage().tracker.compare("f".repeat(40), "main")).toMatchObject({ known: false });
  });
});

describe("labels", () => {
  test("are added and taken off one by one; the others stay", async () => {
    const { tracker, scene } = stage();
    const number = scene.issue("Widgets wobble", ["bug", READY]);
    expect(await tracker.addLabel(number, "agent in progress/é?")).toEqual({ type: "done", value: null });
    expect(await tracker.removeLabel(number, READY)).toEqual({ type: "done", value: null });
    expect(await tracker.removeLabel(number, "agent in progress/é?")).toEqual({ type: "done", value: null });
    const reading = await tracker.issue(number);
    expect(reading.known && reading.value.type === "present" && reading.value.issue.labels).toEqual(["bug"]);
  });

  test("absent already is success, and so is an issue that is no more", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    expect(await tracker.removeLabel(number, "never there")).toEqual({ type: "done", value: null });
    people.deleteIssue({ repo: REPO, number, by: "octo" });
    expect(await tracker.removeLabel(number, READY)).toEqual({ type: "done", value: null });
  });

  test("stays due while the repo is hidden from us: a 404 tells nothing then", async () => {
    const { tracker, scene, faults } = stage();
    const number = scene.issue();
    await tracker.addLabel(number, READY);
    const hidden = faults.add(({ path }) => path.startsWith(`/repos/${REPO}`), 404);
    expect(await tracker.removeLabel(number, READY)).toMatchObject({ type: "retry" });
    hidden.remove();
    expect(await tracker.removeLabel(number, READY)).toEqual({ type: "done", value: null });
  });

  test("stays due while the repo's issues are switched off: it is on again with them", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    await tracker.addLabel(number, READY);
    people.switchIssues(REPO, false);
    expect(await tracker.removeLabel(number, READY)).toMatchObject({ type: "retry", auth: false });
    people.switchIssues(REPO, true);
    expect(await tracker.removeLabel(number, READY)).toEqual({ type: "done", value: null });
    const reading = await tracker.issue(number);
    expect(reading.known && reading.value.type === "present" && reading.value.issue.labels).toEqual([]);
  });

  test("of an archived repo cannot be changed: a token to mend, or a repo to open", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.archiveRepo({ repo: REPO, by: "octo" });
    expect(await tracker.addLabel(number, READY)).toMatchObject({ type: "retry", auth: true });
  });
});

describe("close and reopen", () => {
  test("close as completed, and open again", async () => {
    const { tracker, scene } = stage();
    const number = scene.issue();
    expect(await tracker.close(number)).toEqual({ type: "done", value: null });
    expect(scene.github.state.repos[0]?.issues[0]).toMatchObject({ state: "closed", stateReason: "completed" });
    expect(await tracker.close(number)).toEqual({ type: "done", value: null });
    expect(await tracker.reopen(number)).toEqual({ type: "done", value: null });
    expect(scene.github.state.repos[0]?.issues[0]?.state).toBe("open");
  });

  test("what GitHub accepted and did not do is refused", async () => {
    const { tracker } = answering(Response.json({ state: "open" }));
    expect(await tracker.close(1)).toEqual({ type: "refused", why: "the forge left the issue open" });
  });

  test("of an issue that is gone is refused", async () => {
    const { tracker } = stage();
    expect(await tracker.close(999)).toMatchObject({ type: "refused" });
  });
});

describe("comments", () => {
  test("are ours by account, whatever others write", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.comment({ repo: REPO, number, by: "stranger", body: "<!-- afk:1#1 --> I am the loop" });
    const created = await tracker.createComment(number, "<!-- afk:1#1 --> the loop");
    const reading = await tracker.comments(number);
    expect(reading.known && reading.value.map(({ body, ours }) => [body, ours])).toEqual([
      ["<!-- afk:1#1 --> I am the loop", false],
      ["<!-- afk:1#1 --> the loop", true],
    ]);
    expect(reading.known && reading.value[1]?.id).toBe(created.type === "done" && created.value);
  });

  test("are read to the last page, and who we are is asked once", async () => {
    const { tracker, scene, people, heard } = stage();
    const number = scene.issue();
    for (let count = 0; count < 101; count++) people.comment({ repo: REPO, number, by: "ada", body: `${count}` });
    for (let look = 0; look < 2; look++) {
      const reading = await tracker.comments(number);
      expect(reading.known && reading.value.length).toBe(101);
    }
    expect(heard().filter((call) => call === "GET 200 /user")).toHaveLength(1);
  });

  test("are unread while nobody tells who we are", async () => {
    const { tracker, scene, faults } = stage();
    const number = scene.issue();
    for (const fault of [500, 401, "reset"] as const) {
      faults.add(({ path }) => path === "/user", fault, 1);
      expect(await tracker.comments(number)).toMatchObject({ known: false });
    }
    expect(await tracker.comments(number)).toEqual({ known: true, value: [] });
  });

  test.each([403, 404])(
    "of a token that is never told whose it is (%i) are ours if an app wrote them",
    async (status) => {
      const { tracker, scene, faults } = stage();
      const number = scene.issue();
      faults.add(({ path }) => path === "/user", status);
      await tracker.createComment(number, "a person's");
      const comments = await tracker.comments(number);
      expect(comments).toMatchObject({ known: true, value: [{ body: "a person's", ours: false }] });
    },
  );

  commentContract(stage);

  test("are changed and deleted by id; one deleted by another is gone", async () => {
    const { tracker, scene } = stage();
    const number = scene.issue();
    const created = await tracker.createComment(number, "first");
    const id = created.type === "done" ? created.value : "";
    expect(await tracker.updateComment(id, "second")).toEqual({ type: "done", value: null });
    expect(await tracker.comments(number)).toMatchObject({ value: [{ id, body: "second" }] });
    expect(await tracker.deleteComment(id)).toEqual({ type: "done", value: null });
    expect(await tracker.deleteComment(id)).toEqual({ type: "done", value: null });
    expect(await tracker.updateComment(id, "third")).toEqual({
      type: "refused",
      why: "the comment is gone (404)",
      gone: true,
    });
  });

  test("too long are refused in the forge's words", async () => {
    const { tracker, scene } = stage();
    const result = await tracker.createComment(scene.issue(), "x".repeat(65_537));
    expect(result).toMatchObject({ type: "refused", why: expect.stringContaining("is too long") });
  });

  test("whose creation broke off is tried again, for nobody knows", async () => {
    const { tracker, scene, faults } = stage();
    const number = scene.issue();
    faults.add(({ method }) => method === "POST", "reset-after-effect", 1);
    expect(await tracker.createComment(number, "once")).toMatchObject({ type: "retry", auth: false });
    expect(await tracker.comments(number)).toMatchObject({ value: [{ body: "once", ours: true }] });
  });
});

describe("isSelf", () => {
  test("knows our own account by its id, not by its name", async () => {
    const { tracker, scene } = stage();
    const ours = scene.github.state.accounts.find(({ login }) => login === "afk-loop");
    expect(await tracker.isSelf(person("renamed", String(ours?.id)))).toEqual({ known: true, value: true });
    expect(await tracker.isSelf(person("afk-loop", "1"))).toEqual({ known: true, value: false });
  });

  test("is not told to a token that has no user", async () => {
    const { tracker } = answering(
      Response.json({ message: "Resource not accessible by integration" }, { status: 403 }),
    );
    expect(await tracker.isSelf(person("ada"))).toEqual({ known: true, value: null });
  });
});

describe("no read invents an answer and no act a success", () => {
  const reads = {
    repo: (tracker) => tracker.repo(),
    candidates: (tracker) => tracker.candidates(READY),
    issue: (tracker) => tracker.issue(1),
    events: (tracker) => tracker.events(1),
    lastEditedIso: (tracker) => lastEditedIso(tracker, 1),
    permission: (tracker) => tracker.permission(person("ada")),
    isSelf: (tracker) => tracker.isSelf(person("ada")),
    blockers: (tracker) => tracker.blockers(1),
    blocker: (tracker) => tracker.blocker(REPO, 1),
    head: (tracker) => tracker.head("main"),
    compare: (tracker) => tracker.compare("a", "main"),
    comment: (tracker) => tracker.comment("1"),
    comments: (tracker) => tracker.comments(1),
  } satisfies Record<string, (tracker: ReturnType<typeof answering>["tracker"]) => Promise<unknown>>;
  const acts = {
    addLabel: (tracker) => tracker.addLabel(1, READY),
    removeLabel: (tracker) => tracker.removeLabel(1, READY),
    close: (tracker) => tracker.close(1),
    reopen: (tracker) => tracker.reopen(1),
    createComment: (tracker) => tracker.createComment(1, "text"),
    updateComment: (tracker) => tracker.updateComment("1", "text"),
    react: (tracker) => tracker.react("1", "+1"),
    deleteComment: (tracker) => tracker.deleteComment("1"),
  } satisfies Record<string, (tracker: ReturnType<typeof answering>["tracker"]) => Promise<unknown>>;
  const quotaUsed = {
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": "1793523700",
    date: "Sun, 01 Nov 2026 09:00:00 GMT",
  };

  const FAULTS: [string, Response | Error, boolean, number | null][] = [
    ["a broken connection", new TypeError("fetch failed"), false, null],
    ["a timeout", new DOMException("The operation timed out", "TimeoutError"), false, null],
    ["500", Response.json({ message: "oops" }, { status: 500 }), false, null],
    ["502 with a page", new Response("<html>", { status: 502, headers: { "content-type": "text/html" } }), false, null],
    ["503 with Retry-After", new Response("", { status: 503, headers: { "retry-after": "7" } }), false, 7000],
    ["408", new Response("", { status: 408 }), false, null],
    ["401", Response.json({ message: "Bad credentials" }, { status: 401 }), true, null],
    ["429", new Response("", { status: 429 }), false, 60_000],
    ["429 with Retry-After", new Response("", { status: 429, headers: { "retry-after": "3" } }), false, 3000],
    [
      "403 with the quota used up",
      Response.json({ message: "x" }, { status: 403, headers: quotaUsed }),
      false,
      100_000,
    ],
    [
      "403 for a secondary limit",
      Response.json({ message: "You have exceeded a secondary rate limit." }, { status: 403 }),
      false,
      60_000,
    ],
  ];

  describe.each(FAULTS)("%s", (_name, fault, auth, afterMs) => {
    test.each(Object.entries(reads))("%s is unread", async (name, read) => {
      const expected = { known: false, auth: auth && name !== "blocker" };
      expect(await read(answering(fault).tracker)).toMatchObject(expected);
    });
    test.each(Object.entries(acts))("%s is tried again", async (_act, act) => {
      expect(await act(answering(fault).tracker)).toMatchObject({ type: "retry", auth, afterMs });
    });
  });

  test.each(Object.entries(reads))("%s of a body that is something else is unread", async (_read, read) => {
    for (const body of [{ nothing: true }, "text", 7, [[1]]])
      expect(await read(answering(Response.json(body)).tracker)).toMatchObject({ known: false });
  });

  test.each(Object.entries(acts))(
    "%s is refused for good by a 422, in the server's words and with what was asked",
    async (_act, act) => {
      const answer = { message: "Validation Failed", errors: [{ resource: "Issue", field: "body", code: "invalid" }] };
      const result = await act(answering(Response.json(answer, { status: 422 })).tracker);
      const why = expect.stringMatching(/^422 Validation Failed; body invalid \((POST|PATCH|DELETE) \/repos\/\S+\)$/);
      expect(result).toEqual({ type: "refused", why });
    },
  );

  test.each(Object.entries(acts))("%s is tried again after a plain 403, as a token to mend", async (_act, act) => {
    const answer = Response.json({ message: "Resource not accessible by personal access token" }, { status: 403 });
    expect(await act(answering(answer).tracker)).toMatchObject({ type: "retry", auth: true, afterMs: null });
  });
});

test("every request names the API version, and the token goes to the API alone", async () => {
  const { asked, tracker } = answering(Response.json([]));
  await tracker.candidates(READY);
  expect(asked.map((request) => request.headers.get("x-github-api-version"))).toEqual(["2026-03-10"]);
  expect(new URL(asked[0]?.url ?? "").pathname).toBe(`/repos/${OURS.owner}/${OURS.name}/issues`);
});
