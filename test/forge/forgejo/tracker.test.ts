import { describe, expect, test } from "vitest";
import { latestLabelling } from "../../../lib/core/issue-record.ts";
import { commentContract } from "../../contracts/comment-contract.ts";
import { answering, REPO, stage } from "./stage.ts";

const READY = "ready-for-agent";
const IN_PROGRESS = "agent-in-progress";
const ISSUE = {
  ...{ id: 1, number: 1, title: "One", body: "It.", state: "open", labels: [] },
  ...{ html_url: "https://forge.test/octo/widgets/issues/1", updated_at: "2026-11-23T08:56:13Z" },
};

describe("candidates", () => {
  test("are the open issues that carry the label, with their text", async () => {
    const { tracker, scene, people } = stage();
    const ready = scene.issue("Ready", [READY]);
    scene.issue("Other", ["bug"]);
    const closed = scene.issue("Closed", [READY]);
    people.close({ repo: REPO, number: closed, by: "ada" });
    const found = await tracker.candidates(READY);
    expect(found).toMatchObject({
      known: true,
      value: [{ number: ready, labels: [READY], seen: { title: "Ready", body: "They do.", labels: [READY] } }],
    });
  });

  test("of a repo with few open issues are found by one request, whichever label of the name they bear", async () => {
    const { tracker, scene, heard } = stage();
    const ids = [scene.defined(READY), scene.defined(READY)];
    const numbers = [scene.issue("One"), scene.issue("Other"), scene.issue("Neither", ["bug"])].slice(0, 2);
    for (const [n, number] of numbers.entries()) await scene.post(`/issues/${number}/labels`, { labels: [ids[n]] });
    heard();
    const found = await tracker.candidates(READY);
    expect(found.known && found.value.map(({ number }) => number).sort()).toEqual(numbers);
    expect(heard()).toEqual(["GET 200 /issues"]);
  });

  test("are none, and no more issues are read, where nothing is called so, nor can be an organization's", async () => {
    const { tracker, scene, heard, faults } = stage();
    faults.add(({ path }) => path.includes("/orgs/"), 404);
    for (let n = 0; n < 120; n++) scene.issue(`Issue ${n}`, ["bug"]);
    expect(await tracker.candidates(READY)).toEqual({ known: true, value: [] });
    expect(heard().filter((call) => call.includes("/issues"))).toEqual(["GET 200 /issues"]);
  });

  test("among many are those with either of two labels of one name", async () => {
    const { tracker, scene } = stage();
    const ids = [scene.defined(READY), scene.defined(READY)];
    const numbers = [scene.issue("One"), scene.issue("Other")];
    for (const [n, number] of numbers.entries()) await scene.post(`/issues/${number}/labels`, { labels: [ids[n]] });
    for (let n = 0; n < 60; n++) scene.issue(`Issue ${n}`, ["bug"]);
    const found = await tracker.candidates(READY);
    expect(found.known && found.value.map(({ number }) => number).sort()).toEqual(numbers);
  });

  test("are found below five hundred newer issues where no filter knows the label", async () => {
    const { tracker, scene } = stage();
    const [first] = [scene.defined(READY), scene.defined(READY)];
    const number = scene.issue("Oldest");
    await scene.post(`/issues/${number}/labels`, { labels: [first] });
    for (let n = 0; n < 510; n++) scene.issue(`Issue ${n}`);
    expect(await tracker.candidates(READY)).toMatchObject({ known: true, value: [{ number }] });
  });

  test("are unread where no filter knows the label and the list does not end", async () => {
    const page = () => Response.json(Array.from({ length: 50 }, (_one, n) => ({ ...ISSUE, number: n + 1 })));
    const shared = Response.json([{ id: 77, name: READY }], { headers: { "x-total-count": "1" } });
    const { tracker, asked } = answering(page(), Response.json([]), shared, page());
    expect(await tracker.candidates(READY)).toMatchObject({ known: false, why: expect.stringContaining("too long") });
    expect(asked).toHaveLength(3 + 40);
  });

  test("are those with a label that differs in case", async () => {
    const { tracker, scene } = stage();
    const ready = scene.issue("Ready", ["Ready-For-Agent"]);
    expect(await tracker.candidates(READY)).toMatchObject({ known: true, value: [{ number: ready }] });
  });

  test.each([
    ["alone", []],
    ["beside the repo's own", [{ id: 1, name: READY }]],
  ])(
    "among many are those with the organization's label, %s, which the server's filter does not know",
    async (_, own) => {
      const page = Array.from({ length: 50 }, (_one, n) => ({ ...ISSUE, number: n + 1 }));
      const many = Response.json(page, { headers: { "x-total-count": "60" } });
      const shared = Response.json([{ id: 77, name: READY }], { headers: { "x-total-count": "1" } });
      const none = Response.json([]);
      const answers = own.length > 0 ? [many, Response.json(own), none, shared, none] : [many, none, shared, none];
      const { tracker, asked } = answering(...answers);
      expect(await tracker.candidates(READY)).toMatchObject({ known: true });
      expect(new URL(asked.at(-1)?.url ?? "").searchParams.has("labels")).toBe(false);
      expect(asked.at(-1)?.url).toContain("/issues?");
    },
  );

  test("among many are those with the organization's label, where the token may not read which there are", async () => {
    const page = Array.from({ length: 50 }, (_one, n) => ({ ...ISSUE, number: n + 1 }));
    const many = Response.json(page, { headers: { "x-total-count": "51" } });
    const refused = Response.json({ message: "token does not have [read:organization]" }, { status: 403 });
    const labels = [{ id: 77, name: READY }];
    const rest = Response.json([...page, { ...ISSUE, number: 51, labels }], { headers: { "x-total-count": "51" } });
    const { tracker } = answering(many, Response.json([]), refused, rest);
    expect(await tracker.candidates(READY)).toMatchObject({ known: true, value: [{ number: 51 }] });
  });

  test("come from all pages", async () => {
    const { tracker, scene } = stage();
    for (let n = 0; n < 120; n++) scene.issue(`Issue ${n}`, [READY]);
    const found = await tracker.candidates(READY);
    expect(found.known && new Set(found.value.map(({ number }) => number)).size).toBe(120);
  });
});

describe("the record", () => {
  test("names each labelling with its actor, and labelling again what is on adds none", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.label({ repo: REPO, number, by: "ada", label: READY });
    scene.later(5);
    people.label({ repo: REPO, number, by: "ada", label: READY });
    const events = await tracker.events(number);
    expect(events).toMatchObject({ known: true, value: [{ type: "labeled", label: READY, actor: { login: "ada" } }] });
    people.unlabel({ repo: REPO, number, by: "ada", label: READY });
    const after = await tracker.events(number);
    expect(after.known && after.value.map(({ type }) => type)).toEqual(["labeled", "unlabeled"]);
    expect(after.known && latestLabelling(after.value, READY)).toBeNull();
  });

  test("of an issue nothing happened to is empty, though the server says null", async () => {
    const { tracker, scene } = stage();
    expect(await tracker.events(scene.issue())).toEqual({ known: true, value: [] });
  });

  describe("is read to its end, past pages that are short, or empty", () => {
    const from = (first: number, length: number) => Array.from({ length }, (_, index) => first + index);
    const pageOf = (ids: number[]) =>
      Response.json(
        ids.map((id) => ({
          id,
          type: "label",
          body: "1",
          user: { id: 1, login: "a" },
          created_at: "2026-11-01T09:00:00Z",
          label: { name: "l" },
        })),
        { headers: { "x-total-count": String(ids.length) } },
      );
    const page = (ids: number[]) => (ids.length === 0 ? Response.json(null) : pageOf(ids));

    test.each<[string, number[][], number]>([
      ["one short page, as nearly every one is", [[1, 2]], 3],
      ["short pages", [[1, 2], [3]], 5],
      ["a full page", [from(1, 50)], 4],
      ["full pages and a short one", [from(1, 50), from(51, 50), [101]], 6],
      ["an empty page behind a short one", [[1], [], [2]], 6],
      ["empty pages behind a full one", [from(1, 50), [], [], [51]], 7],
      ["empty pages first", [[], [], [1]], 6],
      ["nothing", [], 3],
    ])("%s", async (_what, pages, requests) => {
      const { tracker, asked } = answering(...pages.map(page), page([]));
      const events = await tracker.events(1);
      expect(events.known && events.value.map(({ id }) => Number(id))).toEqual(pages.flat());
      expect(asked.map(({ url }) => Number(new URL(url).searchParams.get("page")))).toEqual(from(1, requests));
    });

    test("or is unread where it does not end within its bound", async () => {
      const pages = from(1, 20).flatMap((id) => [page([id]), page([])]);
      const { tracker } = answering(...pages, page([21]), page([]));
      expect(await tracker.events(1)).toMatchObject({ known: false, tooLong: true });
    });
  });

  test.each([49, 50, 99, 100])("is not hidden by %i references from where we may not read", async (references) => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.addRepo({ name: "octo/secret", private: true, permissions: { ada: "write" } });
    for (let left = references; left > 0; left--)
      people.createIssue({ repo: "octo/secret", title: `Secret ${left}`, body: `See ${REPO}#${number}`, by: "ada" });
    people.label({ repo: REPO, number, by: "ada", label: READY });
    const events = await tracker.events(number);
    expect(events).toMatchObject({ known: true, value: [{ type: "labeled", label: READY }] });
  });

  test("says which commit closed the issue, and that a person did", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    const sha = await scene.push(`Steady\n\nFixes #${number}`);
    const byCommit = await tracker.events(number);
    expect(byCommit.known && byCommit.value.at(-1)).toMatchObject({ type: "closed", commit: sha });
    scene.later(60);
    people.reopen({ repo: REPO, number, by: "ada" });
    await scene.push(`More\n\nRefs #${number}`);
    scene.later(60);
    people.close({ repo: REPO, number, by: "ada" });
    const byPerson = await tracker.events(number);
    expect(byPerson.known && byPerson.value.at(-1)).toMatchObject({ type: "closed", commit: null });
  });

  test.each([
    ["that speaks of the issue", (number: number) => `More\n\nRefs #${number}`],
    ["that closes another issue", (number: number) => `More\n\nFixes #${number + 1}, refs #${number}`],
    ["that refuses to close it", (number: number) => `Prefixes #${number}`],
  ])("a person who closes it right after a push %s closed it by hand", async (_, message) => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    await scene.push(message(number));
    people.close({ repo: REPO, number, by: "ada" });
    const events = await tracker.events(number);
    expect(events.known && events.value.at(-1)).toMatchObject({ type: "closed", commit: null });
  });

  test("names the commit that closed it though a branch told of it long before, and that a person did after it", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    const branch = "afk/1-abc";
    const sha = await scene.push(`Steady\n\nFixes #${number}`, { branch });
    await scene.push(`Tidy\n\nRefs #${number}`, { branch });
    scene.later(600);
    await scene.merge(`Bring it in\n\nRefs #${number}`, branch);
    const landed = await tracker.events(number);
    expect(landed.known && landed.value).toMatchObject([{ type: "closed", commit: sha }]);
    people.reopen({ repo: REPO, number, by: "ada" });
    people.close({ repo: REPO, number, by: "ada" });
    const byHand = await tracker.events(number);
    expect(byHand.known && byHand.value.map(({ commit }) => commit)).toEqual([sha, null, null]);
  });

  test("takes another person's close for his, whatever a branch says", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.setPermission(REPO, "mona", "write");
    await scene.push(`Steady\n\nFixes #${number}`, { branch: "afk/1-abc" });
    people.close({ repo: REPO, number, by: "mona" });
    const events = await tracker.events(number);
    expect(events.known && events.value).toMatchObject([{ type: "closed", commit: null }]);
  });

  test("asks for the messages of the twenty newest commits of who closed it, and of no more", async () => {
    const { tracker, scene, people, heard } = stage();
    const number = scene.issue();
    for (let count = 0; count < 22; count++) await scene.push(`More\n\nRefs #${number}`);
    people.close({ repo: REPO, number, by: "ada" });
    heard();
    expect(await tracker.events(number)).toMatchObject({ value: [{ type: "closed", commit: null }] });
    expect(heard().filter((call) => call.includes("/git/commits/"))).toHaveLength(20);
  });

  describe("whose closing commit", () => {
    const at = "2026-11-01T09:00:00Z";
    const entry = (id: number, type: string, more = {}) => ({
      id,
      type,
      created_at: at,
      user: { id: 1, login: "ada" },
      ...more,
    });
    const missing = new Response("", { status: 404 });
    const urls = { clone_url: "https://forge.test/octo/widgets.git", html_url: "https://forge.test/octo/widgets" };
    const shown = Response.json({
      id: 1,
      full_name: "octo/widgets",
      name: "widgets",
      owner: { login: "octo" },
      default_branch: "main",
      ...urls,
    });
    const timeline = () => Response.json([entry(1, "commit_ref", { ref_commit_sha: "c0ffee" }), entry(2, "close")]);

    test.each<[string, Response[], unknown]>([
      ["is another repo's", [missing, shown], { value: [{ commit: null }] }],
      ["cannot be read", [new Response("", { status: 502 })], { known: false, why: expect.stringContaining("502") }],
      ["is hidden with its repo", [missing], { known: false, why: expect.stringContaining("404") }],
    ])("%s", async (_, answers, expected) => {
      const { tracker } = answering(timeline(), Response.json(null), Response.json(null), ...answers);
      expect(await tracker.events(1)).toMatchObject(expected as object);
    });
  });

  test("shows a changed title", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.edit({ repo: REPO, number, by: "ada", title: "Other" });
    const events = await tracker.events(number);
    expect(events.known && events.value.map(({ type }) => type)).toEqual(["renamed"]);
  });

  test("tells the server's own accounts from people", async () => {
    const entry = (id: number) => ({
      id: 9,
      type: "label",
      body: "1",
      user: { id, login: "x" },
      created_at: "2026-11-01T09:00:00Z",
      label: { name: READY },
    });
    const kinds = await Promise.all(
      [1, -1, -2].map(async (id) => {
        const events = await answering(Response.json([entry(id)]), Response.json(null)).tracker.events(1);
        return events.known ? events.value[0]?.actor?.kind : null;
      }),
    );
    expect(kinds).toEqual(["person", "unknown", "bot"]);
  });
});

describe("permission", () => {
  test.each(["admin", "write", "read"] as const)("%s is what it is called", async (role) => {
    const { tracker, people, scene } = stage();
    people.setPermission(REPO, "ada", role);
    const { id } = people.addUser("ada");
    expect(await tracker.permission({ id: String(id), login: "ada", kind: "person" })).toEqual({
      known: true,
      value: role,
    });
    expect(scene.forgejo.violations).toEqual([]);
  });

  test("owner is admin, a stranger none, and a login that passed to another none", async () => {
    const { tracker, people } = stage();
    const owner = people.addUser("octo");
    expect(await tracker.permission({ id: String(owner.id), login: "octo", kind: "person" })).toMatchObject({
      value: "admin",
    });
    expect(await tracker.permission({ id: "999", login: "octo", kind: "person" })).toMatchObject({ value: "none" });
    expect(await tracker.permission({ id: "999", login: "nobody", kind: "person" })).toMatchObject({ value: "none" });
  });

  test("cannot be read by a loop that is no admin of the repo: a person's to mend", async () => {
    const { tracker, people } = stage();
    people.setPermission(REPO, "afk-loop", "write");
    expect(await tracker.permission({ id: "1", login: "ada", kind: "person" })).toMatchObject({
      known: false,
      auth: true,
    });
  });
});

describe("blockers", () => {
  test("are the dependencies, and none where they are switched off", async () => {
    const { tracker, scene, people } = stage();
    const [blocker, number] = [scene.issue("First"), scene.issue("Then")];
    people.addBlockedBy({ repo: REPO, number, by: "ada", blocker: { number: blocker } });
    expect(await tracker.blockers(number)).toEqual({
      known: true,
      value: [{ repo: REPO, number: blocker, state: "open" }],
    });
    people.switchDependencies(REPO, false);
    expect(await tracker.blockers(number)).toEqual({ known: true, value: [] });
  });

  test.each([403, 500])("are unknown at a %i", async (status) => {
    const { tracker, scene, faults } = stage();
    faults.add(({ path }) => path.endsWith("/dependencies"), status);
    expect(await tracker.blockers(scene.issue())).toMatchObject({ known: false });
  });

  test("named in a body: deleted counts as closed, of a repo nobody may see is unknown", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    expect(await tracker.blocker(REPO, number)).toMatchObject({ value: { state: "open" } });
    people.deleteIssue({ repo: REPO, number, by: "octo" });
    expect(await tracker.blocker(REPO, number)).toMatchObject({ value: { state: "closed" } });
    expect(await tracker.blocker("some/where", 1)).toMatchObject({ known: false, auth: false });
  });
});

describe("labels", () => {
  test("are defined once before they are put on, whatever is tried again", async () => {
    const { tracker, scene } = stage();
    const numbers = [scene.issue(), scene.issue()];
    for (const number of [...numbers, ...numbers]) {
      expect(await tracker.addLabel(number, IN_PROGRESS)).toEqual({ type: "done", value: null });
    }
    const { body } = await scene.get("/labels");
    expect(body).toMatchObject([{ name: IN_PROGRESS, color: "5319e7", description: expect.stringMatching(/AFK/) }]);
    expect(scene.forgejo.issues(REPO).map(({ labels }) => labels)).toEqual([[IN_PROGRESS], [IN_PROGRESS]]);
  });

  test("that differ in case are the same label", async () => {
    const { tracker, scene } = stage();
    scene.defined("Agent-In-Progress");
    expect(await tracker.addLabel(scene.issue(), IN_PROGRESS)).toMatchObject({ type: "done" });
    expect((await scene.get("/labels")).body).toHaveLength(1);
  });

  test("of the organization are used, and taken off by their id", async () => {
    const label = { id: 77, name: IN_PROGRESS };
    const own = answering(Response.json([]), Response.json([label]), Response.json([]), Response.json([label]));
    expect(await own.tracker.addLabel(1, IN_PROGRESS)).toMatchObject({ type: "done" });
    expect(own.asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      "GET /api/v1/repos/octo/widgets/labels",
      "GET /api/v1/orgs/octo/labels",
      "GET /api/v1/orgs/octo/labels",
      "POST /api/v1/repos/octo/widgets/issues/1/labels",
    ]);
    const off = answering(Response.json([label]), new Response(null, { status: 204 }));
    expect(await off.tracker.removeLabel(1, IN_PROGRESS)).toMatchObject({ type: "done" });
    expect(off.asked.at(-1)?.url).toMatch(/\/issues\/1\/labels\/77$/);
  });

  test("of one name are all taken off", async () => {
    const { tracker, scene } = stage();
    const number = scene.issue();
    const ids = [scene.defined(IN_PROGRESS), scene.defined(IN_PROGRESS)];
    await scene.post(`/issues/${number}/labels`, { labels: ids });
    expect(scene.forgejo.issues(REPO)[0]?.labels).toEqual([IN_PROGRESS, IN_PROGRESS]);
    expect(await tracker.removeLabel(number, IN_PROGRESS)).toMatchObject({ type: "done" });
    expect(scene.forgejo.issues(REPO)[0]?.labels).toEqual([]);
  });

  test("stay due while the repo is hidden from us: a 404 tells nothing then", async () => {
    const { tracker, scene, faults } = stage();
    const number = scene.issue();
    await tracker.addLabel(number, IN_PROGRESS);
    const hidden = faults.add(({ path }) => path.includes(`/repos/${REPO}`), 404);
    expect(await tracker.removeLabel(number, IN_PROGRESS)).toMatchObject({ type: "retry" });
    hidden.remove();
    expect(await tracker.removeLabel(number, IN_PROGRESS)).toMatchObject({ type: "done" });
    expect(scene.forgejo.issues(REPO)[0]?.labels).toEqual([]);
  });

  test("absent already, or unknown, are taken off", async () => {
    const { tracker, scene } = stage();
    const number = scene.issue();
    expect(await tracker.removeLabel(number, IN_PROGRESS)).toMatchObject({ type: "done" });
    await tracker.addLabel(number, IN_PROGRESS);
    expect(await tracker.removeLabel(number, IN_PROGRESS)).toMatchObject({ type: "done" });
    expect(scene.forgejo.issues(REPO)[0]?.labels).toEqual([]);
  });

  test("that were left out in silence are tried again", async () => {
    const { tracker } = answering(Response.json([{ id: 1, name: IN_PROGRESS }]), Response.json([]));
    expect(await tracker.addLabel(1, IN_PROGRESS)).toMatchObject({ type: "retry" });
  });
});

describe("close", () => {
  test("and reopen answer 201 and are done", async () => {
    const { tracker, scene } = stage();
    const number = scene.issue();
    expect(await tracker.close(number)).toEqual({ type: "done", value: null });
    expect(scene.forgejo.issues(REPO)[0]?.state).toBe("closed");
    expect(await tracker.reopen(number)).toEqual({ type: "done", value: null });
    expect(scene.forgejo.issues(REPO)[0]?.state).toBe("open");
  });

  test("is refused while a dependency is open", async () => {
    const { tracker, scene, people } = stage();
    const [blocker, number] = [scene.issue("First"), scene.issue("Then")];
    people.addBlockedBy({ repo: REPO, number, by: "ada", blocker: { number: blocker } });
    expect(await tracker.close(number)).toMatchObject({ type: "refused", why: expect.stringContaining("412") });
  });
});

describe("comments", () => {
  commentContract(stage);

  test("are not answered with what the server does not allow: no token would mend that", async () => {
    const { tracker, scene, people, faults } = stage({}, { reactions: ["heart"] });
    const id = String(people.comment({ repo: REPO, number: scene.issue(), by: "ada", body: "/afk why" }).id);
    expect(await tracker.react(id, "+1")).toMatchObject({ type: "refused", why: expect.stringContaining("403") });
    faults.add(({ path }) => path.endsWith("/reactions"), 401);
    expect(await tracker.react(id, "+1")).toMatchObject({ type: "retry", auth: true });
  });

  test("are written, changed, listed as ours, and deleted", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    people.comment({ repo: REPO, number, by: "ada", body: "Mine." });
    const made = await tracker.createComment(number, "Ours.");
    const id = made.type === "done" ? made.value : "";
    expect(await tracker.updateComment(id, "Ours still.")).toMatchObject({ type: "done" });
    const listed = await tracker.comments(number);
    expect(listed.known && listed.value.map(({ body, ours }) => [body, ours])).toEqual([
      ["Mine.", false],
      ["Ours still.", true],
    ]);
    expect(await tracker.deleteComment(id)).toMatchObject({ type: "done" });
    expect(await tracker.deleteComment(id)).toMatchObject({ type: "done" });
    expect(await tracker.updateComment(id, "x")).toMatchObject({ type: "refused", gone: true });
  });
});

describe("the trunk", () => {
  test("is compared as what it has that the base has not, oldest first", async () => {
    const { tracker, scene } = stage();
    expect(await tracker.compare(scene.base, "main")).toEqual({
      known: true,
      value: { head: scene.base, commits: [] },
    });
    const one = await scene.push("One");
    const two = await scene.push("Two\n\nAFK-Run: 0123456789abcdef");
    const compared = await tracker.compare(scene.base, "main");
    expect(compared.known && compared.value.head).toBe(two);
    expect(compared.known && compared.value.commits.map(({ sha }) => sha)).toEqual([one, two]);
    expect(await tracker.head("main")).toEqual({ known: true, value: two });
    expect(await tracker.compare(scene.base, "afk/1-none")).toMatchObject({ known: false });
  });

  test("of a server that does not leave the base out is cut at it", async () => {
    const commit = (sha: string) => ({ sha, commit: { message: sha }, parents: [] });
    const { tracker } = answering(Response.json(["cccc", "bbbb", "ba5e", "aaaa"].map(commit)));
    const compared = await tracker.compare("ba5e", "main");
    expect(compared.known && compared.value.commits.map(({ sha }) => sha)).toEqual(["bbbb", "cccc"]);
  });

  test("with more commits than are listed is unread, and no other try is shorter", async () => {
    const page = [{ sha: "cccc", commit: { message: "c" }, parents: [] }];
    const { tracker } = answering(Response.json(page, { headers: { "x-total-count": "2600" } }));
    expect(await tracker.compare("ba5e", "main")).toMatchObject({ known: false, tooLong: true });
  });

  test("keeps the slashes of its name", async () => {
    const { tracker, asked } = answering(Response.json({ commit: { id: "s" } }));
    await tracker.head("release/1.0 #x");
    expect(new URL(asked[0]?.url ?? "").pathname).toBe("/api/v1/repos/octo/widgets/branches/release/1.0%20%23x");
  });
});

describe("a commit", () => {
  test("has its parents and what it changes, in one request that computes no more than that", async () => {
    const { tracker, scene, heard } = stage();
    const sha = await scene.push("Test first", { branch: "afk/1-x", files: ["test/b.test.ts", "test/a.test.ts"] });
    expect(await tracker.commit(sha)).toEqual({
      known: true,
      value: { parents: [scene.base], changed: { paths: ["test/a.test.ts", "test/b.test.ts"], complete: true } },
    });
    expect(heard()).toEqual([`GET 200 /git/commits/${sha}`]);
    expect(scene.forgejo.log.at(-1)?.query).toBe("stat=false&verification=false");
    expect(await tracker.commit(scene.base)).toMatchObject({ value: { parents: [] } });
  });

  test("that merges changes what its first parent has not", async () => {
    const { tracker, scene } = stage();
    const other = await scene.push("Aside", { branch: "aside", files: ["aside.ts"] });
    const own = await scene.push("On", { files: ["on.ts"] });
    const merge = { base: own, head: other, method: "merge", message: "Merge aside" } as const;
    const person = { name: "ada", email: "ada@example.com", date: "2026-11-01T09:00:00Z" };
    const sha = (await scene.git.merge(REPO, { ...merge, author: person, committer: person })) ?? "";
    expect(await tracker.commit(sha)).toEqual({
      known: true,
      value: { parents: [own, other], changed: { paths: ["aside.ts"], complete: true } },
    });
  });

  test("whose files the server leaves out is not complete; one it does not know, or tells as none, is unread", async () => {
    const told = { sha: "aaaa", parents: [{ sha: "bbbb" }] };
    for (const files of [{}, { files: null }])
      expect(await answering(Response.json({ ...told, ...files })).tracker.commit("aaaa")).toEqual({
        known: true,
        value: { parents: ["bbbb"], changed: { paths: [], complete: false } },
      });
    expect(await answering(Response.json({ sha: "aaaa" })).tracker.commit("aaaa")).toMatchObject({ known: false });
    expect(await stage().tracker.commit("f".repeat(40))).toMatchObject({
      known: false,
      why: expect.stringMatching(/^404/),
      auth: false,
    });
  });
});

describe("an issue", () => {
  test("that was deleted is gone, one of a repo that cannot be read is unknown", async () => {
    const { tracker, scene, people, faults } = stage();
    const number = scene.issue();
    expect(await tracker.issue(number)).toMatchObject({
      value: { type: "present", forgeIso: expect.stringMatching(/Z$/), issue: { body: "They do." } },
    });
    people.deleteIssue({ repo: REPO, number, by: "octo" });
    expect(await tracker.issue(number)).toEqual({ known: true, value: { type: "gone" } });
    faults.add(() => true, 404);
    expect(await tracker.issue(number)).toMatchObject({ known: false });
  });
});

test("the scopes of the README are enough for all it does", async () => {
  const { tracker, watcher, scene, people } = stage({}, { scopes: ["write:issue", "read:repository", "read:user"] });
  const number = scene.issue();
  const ada = { id: String(people.addUser("ada").id), login: "ada", kind: "person" } as const;
  const reads = [
    tracker.repo(),
    tracker.candidates(READY),
    tracker.issue(number),
    tracker.events(number),
    tracker.permission(ada),
    tracker.isSelf(ada),
    tracker.blockers(number),
    tracker.head("main"),
    tracker.compare(scene.base, "main"),
    tracker.commit(scene.base),
    tracker.comments(number),
    watcher.checks(scene.base, "main"),
    watcher.required("main"),
  ];
  for (const read of await Promise.all(reads)) expect(read).toMatchObject({ known: true });
  for (const act of [
    () => tracker.addLabel(number, IN_PROGRESS),
    () => tracker.removeLabel(number, IN_PROGRESS),
    () => tracker.createComment(number, "x"),
    () => tracker.close(number),
    () => tracker.reopen(number),
  ])
    expect(await act()).toMatchObject({ type: "done" });
});
