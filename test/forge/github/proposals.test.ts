import { describe, expect, test } from "vitest";
import { targetContract } from "../../contracts/target-contract.ts";
import { answering, REPO, stage } from "./stage.ts";

const BRANCH = "afk/7-a1b2c3d4e5f60718";
const MESSAGE = { title: "Widgets stand still", body: "Refs #1\n\nAFK-Run: a1b2c3d4e5f60718" };
type Stage = ReturnType<typeof stage>;

/** A branch of one commit that touches one file, proposed by our own account. */
async function proposed(on: Stage, files = ["src/stand.ts"]) {
  const { scene, proposals } = on;
  const head = await scene.push("Stand still", { branch: BRANCH, by: "afk-loop", files });
  const opened = await proposals.open({ branch: BRANCH, trunk: "main", title: "Widgets stand still", body: "Refs #1" });
  if (opened.type !== "done") throw new Error(JSON.stringify(opened));
  on.heard();
  return { head, number: opened.value, at: { repo: REPO, number: opened.value, by: "ada" } };
}

async function found({ proposals }: Stage) {
  const read = await proposals.find(BRANCH, "main");
  if (!read.known) throw new Error(read.why);
  return read.value;
}

describe("open", () => {
  test("a branch is proposed with its title and text", async () => {
    const on = stage();
    const { number, head } = await proposed(on);
    expect(on.pulls.all(REPO)).toMatchObject([
      { number, branch: BRANCH, base: "main", title: "Widgets stand still", body: "Refs #1", by: "afk-loop", head },
    ]);
  });

  test("nothing to propose is refused, in GitHub's words", async () => {
    const { scene, proposals } = stage();
    scene.git.setBranch(REPO, BRANCH, scene.base);
    const wanted = { branch: BRANCH, trunk: "main", title: "x", body: "" };
    expect(await proposals.open(wanted)).toMatchObject({ type: "refused", why: expect.stringContaining("No commits") });
    expect(await proposals.open({ ...wanted, branch: "nope" })).toMatchObject({ type: "refused" });
  });

  test("one that was opened meanwhile is tried again, so that it is found", async () => {
    const on = stage();
    await proposed(on);
    const again = await on.proposals.open({ branch: BRANCH, trunk: "main", title: "x", body: "" });
    expect(again).toMatchObject({ type: "retry", why: expect.stringContaining("already exists"), auth: false });
  });

  test("a token that may not is to be mended", async () => {
    const { scene, proposals, people } = stage();
    await scene.push("x", { branch: BRANCH });
    people.setPermission(REPO, "afk-loop", "read");
    const opened = await proposals.open({ branch: BRANCH, trunk: "main", title: "x", body: "" });
    expect(opened).toMatchObject({ type: "retry", auth: true });
  });
});

describe("target", () => {
  targetContract({ stage, answering });
});

describe("find", () => {
  test("costs one request and tells all there is to know", async () => {
    const on = stage();
    const { head, number } = await proposed(on);
    expect(await found(on)).toEqual({
      number,
      url: `https://github.com/${REPO}/pull/${number}`,
      state: "open",
      author: "afk-loop",
      head,
      draft: false,
      merges: "clean",
      review: "none",
      queued: null,
      scheduled: false,
      mergeCommit: null,
      merged: null,
    });
    expect(on.heard()).toEqual(["POST 200 /graphql"]);
  });

  test("there is none, or only one to another base", async () => {
    const on = stage();
    expect(await found(on)).toBeNull();
    on.scene.git.setBranch(REPO, "next", on.scene.base);
    await on.scene.push("x", { branch: BRANCH });
    await on.pulls.open({ repo: REPO, branch: BRANCH, base: "next", by: "ada", title: "x" });
    expect(await found(on)).toBeNull();
  });

  test("the newest of ours, however many forks propose a branch of that name after it", async () => {
    const on = stage();
    const first = await proposed(on);
    on.pulls.close(first.at);
    await on.scene.push("More", { branch: BRANCH, files: ["src/more.ts"] });
    const second = await on.pulls.open({ repo: REPO, branch: BRANCH, base: "main", by: "afk-loop", title: "Again" });
    await on.pulls.openFromFork({ repo: REPO, branch: BRANCH, base: "main", by: "stranger", title: "Mine" });
    expect(await found(on)).toMatchObject({ number: second.number, state: "open" });
  });

  test("a fork's alone is not ours", async () => {
    const on = stage();
    await on.scene.push("x", { branch: BRANCH });
    await on.pulls.openFromFork({ repo: REPO, branch: BRANCH, base: "main", by: "stranger", title: "Mine" });
    expect(await found(on)).toBeNull();
  });

  test("closed, reopened, a draft, and merged by a person", async () => {
    const on = stage();
    const { at } = await proposed(on);
    on.pulls.close(at);
    expect(await found(on)).toMatchObject({ state: "closed", merges: "unknown" });
    on.pulls.reopen(at);
    await on.pulls.setDraft({ ...at, draft: true });
    expect(await found(on)).toMatchObject({ state: "open", draft: true, merges: "clean" });
    await on.pulls.setDraft({ ...at, draft: false });
    const mergeCommit = await on.pulls.merge(at);
    expect(await found(on)).toMatchObject({ state: "merged", mergeCommit });
  });

  test("in conflict with the trunk", async () => {
    const on = stage();
    await proposed(on, ["src/widget.ts"]);
    await on.scene.push("Somebody else", { files: ["src/widget.ts"] });
    expect(await found(on)).toMatchObject({ merges: "conflict" });
  });

  test("behind, where the rules want the trunk in it", async () => {
    const on = stage();
    const { scene } = on;
    await proposed(on);
    await scene.push("Somebody else", { files: ["README.md"] });
    expect(await found(on)).toMatchObject({ merges: "clean" });
    on.pulls.setRules(REPO, "main", { upToDate: true });
    expect(await found(on)).toMatchObject({ merges: "behind" });
  });

  test.each([
    [{}, [], "none"],
    [{}, [["ada", "approve"]], "approved"],
    [{}, [["stranger", "approve"]], "none"],
    [{ approvals: 1 }, [], "required"],
    [{ approvals: 1 }, [["ada", "approve"]], "approved"],
    [{ approvals: 2 }, [["ada", "approve"]], "required"],
    [{ approvals: 1 }, [["stranger", "approve"]], "required"],
    [
      { approvals: 1 },
      [
        ["ada", "approve"],
        ["octo", "request_changes"],
      ],
      "changes_requested",
    ],
    [
      { approvals: 1 },
      [
        ["ada", "request_changes"],
        ["ada", "approve"],
      ],
      "approved",
    ],
    [
      { approvals: 1 },
      [
        ["ada", "approve"],
        ["ada", "comment"],
      ],
      "approved",
    ],
    [{}, [["ada", "request_changes"]], "changes_requested"],
    [{}, [["stranger", "request_changes"]], "none"],
    [
      {},
      [
        ["ada", "request_changes"],
        ["ada", "approve"],
      ],
      "approved",
    ],
    [{}, [["ada", "comment"]], "none"],
  ] as const)("with rules %j and reviews %j it is %s", async (rules, reviews, review) => {
    const on = stage();
    const { at } = await proposed(on);
    on.pulls.setRules(REPO, "main", rules);
    for (const [by, verdict] of reviews) await on.pulls.review({ ...at, by, verdict, body: "So." });
    expect(await found(on)).toMatchObject({ review, merges: "clean" });
  });

  test("a review that people or CI are waited for with stands in nobody's way", async () => {
    const on = stage();
    await proposed(on);
    on.pulls.setRules(REPO, "main", { approvals: 1, checks: ["test"] });
    expect(await found(on)).toMatchObject({ merges: "clean", review: "required" });
  });
});

describe("an answer that cannot be understood is unread", () => {
  const json = (body: unknown, status = 200) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  test.each<[string, Response | Error, boolean]>([
    [
      "an error of GraphQL",
      json({ data: null, errors: [{ type: "NOT_FOUND", message: "no such repository" }] }),
      false,
    ],
    [
      "a token that may not",
      json({ data: null, errors: [{ type: "FORBIDDEN", message: "Resource not accessible" }] }),
      true,
    ],
    ["half of it, with an error", json({ data: { repository: null }, errors: [{ message: "timeout" }] }), false],
    ["nothing", json({}), false],
    ["a bad gateway", json({ message: "oh" }, 502), false],
    ["a wrong token", json({ message: "Bad credentials" }, 401), true],
    ["no answer", new Error("reset"), false],
  ])("%s", async (_, answer, auth) => {
    const { proposals } = answering(answer);
    expect(await proposals.find(BRANCH, "main")).toMatchObject({ known: false, auth });
    expect(await proposals.merge(1, "a".repeat(40), MESSAGE)).toMatchObject({ type: "retry", auth });
  });
});

test("where forks propose so many branches of that name that ours may lie beyond, nobody can say", async () => {
  const told = (hasNextPage: boolean) =>
    Response.json({ data: { repository: { pullRequests: { pageInfo: { hasNextPage }, nodes: [] } } } });
  expect(await answering(told(true)).proposals.find(BRANCH, "main")).toMatchObject({ known: false });
  expect(await answering(told(false)).proposals.find(BRANCH, "main")).toEqual({ known: true, value: null });
});

describe("remarks", () => {
  test("reviews and their comments, oldest first, with the head they were made on", async () => {
    const on = stage();
    const { at, head, number } = await proposed(on);
    const comments = [{ path: "src/stand.ts", line: 3, body: "Why?" }];
    const first = await on.pulls.review({ ...at, verdict: "request_changes", body: "No.", comments });
    on.scene.later(60);
    const second = await on.scene.push("Better", { branch: BRANCH, by: "afk-loop", files: ["src/stand.ts"] });
    await on.pulls.review({ ...at, verdict: "approve" });
    await on.pulls.review({
      ...at,
      by: "stranger",
      verdict: "comment",
      comments: [{ path: "b.ts", line: 1, body: "?" }],
    });
    const read = await on.proposals.remarks(number);
    if (!read.known) throw new Error(read.why);
    expect(
      read.value.map(({ type, author, commit, path, line, text }) => [type, author.login, commit, path, line, text]),
    ).toEqual([
      ["changes_requested", "ada", head, null, null, "No."],
      ["comment", "ada", head, "src/stand.ts", 3, "Why?"],
      ["approval", "ada", second, null, null, ""],
      ["comment", "stranger", second, "b.ts", 1, "?"],
    ]);
    expect(read.value[0]).toMatchObject({
      id: `review:${first.id}`,
      atIso: "2026-11-01T09:00:00Z",
      author: { kind: "person" },
    });
    expect(read.value[1]?.id).toMatch(/^comment:\d+$/);
    expect(read.value[1]?.url).toContain(`/pull/${number}#discussion_r`);
  });

  test("what only replies is one too; the envelope of it is none", async () => {
    const on = stage();
    const { at, number } = await proposed(on);
    await on.pulls.review({ ...at, verdict: "comment", comments: [{ path: "a.ts", line: 1, body: "Why?" }] });
    const comment = on.scene.github.state.repos[0]?.issues[0]?.pull?.reviewComments[0]?.id ?? 0;
    on.pulls.reply({ ...at, comment, body: "Still." });
    const read = await on.proposals.remarks(number);
    expect(read.known && read.value.map(({ text }) => text)).toEqual(["Why?", "Still."]);
  });

  test("a review that was dismissed is none; what it said of lines stands", async () => {
    const on = stage();
    const { at, number } = await proposed(on);
    const comments = [{ path: "a.ts", line: 1, body: "Why?" }];
    const { id } = await on.pulls.review({ ...at, verdict: "request_changes", body: "No.", comments });
    on.pulls.dismiss({ ...at, review: id });
    const read = await on.proposals.remarks(number);
    expect(read.known && read.value.map(({ text }) => text)).toEqual(["Why?"]);
  });

  test("all pages", async () => {
    const on = stage();
    const { at, number } = await proposed(on);
    for (let count = 0; count < 101; count += 1) await on.pulls.review({ ...at, verdict: "comment", body: `${count}` });
    const read = await on.proposals.remarks(number);
    expect(read.known && read.value.map(({ text }) => text).slice(99)).toEqual(["99", "100"]);
  });

  const review = { id: 1, user: { id: 5, login: "ada", type: "User" }, body: "b", state: "COMMENTED", commit_id: null };
  const at = "2026-11-01T09:00:00Z";
  const json = (body: unknown) =>
    new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  test("one that is still written, and its comments, are not told; a deleted account is a ghost", async () => {
    const comment = {
      id: 7,
      pull_request_review_id: 2,
      user: null,
      body: "c",
      path: "a",
      line: null,
      original_line: 4,
      created_at: at,
    };
    const { proposals } = answering(
      json([
        { ...review, id: 2, state: "PENDING" },
        { ...review, user: null, submitted_at: at },
      ]),
      json([comment, { ...comment, id: 8, pull_request_review_id: 1 }]),
    );
    expect(await proposals.remarks(1)).toMatchObject({
      known: true,
      value: [
        { id: "review:1", author: { id: "0", login: "ghost", kind: "unknown" } },
        { id: "comment:8", author: { login: "ghost" }, line: 4, commit: null },
      ],
    });
  });

  test("a comment written before its review was submitted counts from then", async () => {
    const comment = {
      id: 7,
      pull_request_review_id: 1,
      body: "c",
      path: "a",
      line: 1,
      created_at: "2026-11-01T08:00:00Z",
    };
    const { proposals } = answering(json([{ ...review, submitted_at: at }]), json([comment]));
    expect(await proposals.remarks(1)).toMatchObject({ known: true, value: [{ atIso: at }, { atIso: at }] });
  });

  test.each([[[{ ...review }]], [[{ ...review, submitted_at: "soon" }]], [{}], [[{}]]])(
    "%j is no answer",
    async (body) => {
      expect(await answering(json(body)).proposals.remarks(1)).toMatchObject({ known: false });
    },
  );
});
