/** Landing an exact head on GitHub, by whichever way its rules leave; and the branch afterwards. */
import { describe, expect, test } from "vitest";
import type { BranchRules, MergeMethod } from "../../fakes/forge/pulls.ts";
import { answering, REPO, stage } from "./stage.ts";

const BRANCH = "afk/7-a1b2c3d4e5f60718";
const MESSAGE = { title: "Widgets stand still", body: "Refs #1\n\nAFK-Run: a1b2c3d4e5f60718" };
type Stage = ReturnType<typeof stage>;

async function proposed(rules: BranchRules = {}, on: Stage = stage()) {
  const { scene, proposals, pulls } = on;
  const head = await scene.push("Stand still", { branch: BRANCH, by: "afk-loop", files: ["src/stand.ts"] });
  const opened = await proposals.open({ branch: BRANCH, trunk: "main", title: "Stand", body: "" });
  if (opened.type !== "done") throw new Error(JSON.stringify(opened));
  pulls.setRules(REPO, "main", rules);
  on.heard();
  const number = opened.value;
  const seen = () => pulls.all(REPO)[0];
  const trunk = async () => scene.git.commit(REPO, (await scene.git.head(REPO, "main")) ?? "");
  const merge = (sha = head) => proposals.merge(number, sha, MESSAGE);
  const at = { repo: REPO, number, by: "ada" };
  const green = async (sha = head, context = "test") => {
    await on.ci.setStatus({ repo: REPO, sha, context, state: "success", by: "ada" });
  };
  return { ...on, head, number, at, seen, trunk, merge, green };
}

const puts = (heard: string[]) => heard.filter((call) => call.startsWith("PUT")).length;

describe("where nothing stands in the way it is merged at once", () => {
  test.each<[MergeMethod[], string, number]>([
    [["merge", "squash", "rebase"], MESSAGE.title, 1],
    [["merge", "rebase"], MESSAGE.title, 2],
    [["rebase"], "Stand still", 1],
  ])("by what the repo allows first, %j", async (methods, headline, parents) => {
    const on = await proposed();
    on.pulls.setMerging(REPO, { methods });
    expect(await on.merge()).toEqual({ type: "done", value: "merged" });
    const landed = await on.trunk();
    expect(landed?.message.split("\n")[0]).toBe(headline);
    expect(landed?.parents).toHaveLength(parents);
    expect(on.seen()).toMatchObject({ state: "merged", mergedBy: "afk-loop", mergeCommit: landed?.sha });
  });

  test("the message is the trunk's, so that the run is known by it", async () => {
    const on = await proposed();
    await on.merge();
    expect((await on.trunk())?.message).toBe(`${MESSAGE.title}\n\n${MESSAGE.body}`);
    expect(on.heard()).toEqual(["POST 200 /graphql", "GET 200 /rules/branches/main", "PUT 200 /pulls/1/merge"]);
  });

  test("also when every rule holds, or a check that nobody requires is red", async () => {
    const on = await proposed({ approvals: 1, checks: ["test"], upToDate: true });
    await on.pulls.review({ ...on.at, verdict: "approve" });
    await on.green();
    await on.ci.setStatus({ repo: REPO, sha: on.head, context: "advice", state: "failure", by: "ada" });
    expect(await on.merge()).toEqual({ type: "done", value: "merged" });
  });

  test("asked again it is merged still, and nothing is done", async () => {
    const on = await proposed();
    await on.merge();
    const before = await on.trunk();
    expect(await on.merge()).toEqual({ type: "done", value: "merged" });
    expect(await on.trunk()).toEqual(before);
  });

  test("a repo that allows no merge commits by a rule of the branch gets none", async () => {
    const on = await proposed();
    on.pulls.setMerging(REPO, { methods: ["merge", "rebase"] });
    on.faults.add(
      ({ path }) => path.endsWith("/rules/branches/main"),
      () => Response.json([{ type: "required_linear_history" }]),
    );
    expect(await on.merge()).toEqual({ type: "done", value: "merged" });
    expect((await on.trunk())?.parents).toHaveLength(1);
  });
});

test("of the ways that the repo allows a rule of the branch may forbid some", async () => {
  const on = await proposed();
  const rule = { type: "pull_request", parameters: { allowed_merge_methods: ["rebase"] } };
  on.faults.add(
    ({ path }) => path.endsWith("/rules/branches/main"),
    () => Response.json([rule]),
  );
  expect(await on.merge()).toEqual({ type: "done", value: "merged" });
  expect((await on.trunk())?.message).toBe("Stand still");
});

test("a repo that allows no way of merging is waited for", async () => {
  const on = await proposed();
  on.pulls.setMerging(REPO, { methods: [] });
  expect(await on.merge()).toMatchObject({ type: "retry", why: "no way of merging is allowed" });
});

describe("another head than was judged is never merged", () => {
  test("one that was pushed since", async () => {
    const on = await proposed();
    await on.scene.push("More", { branch: BRANCH, by: "ada", files: ["src/more.ts"] });
    expect(await on.merge()).toMatchObject({ type: "refused", why: expect.stringContaining("by now") });
    expect(on.seen()).toMatchObject({ state: "open", scheduled: false });
  });

  test("one that is pushed between the look and the merge", async () => {
    const on = await proposed();
    on.faults.add(
      ({ method }) => method === "PUT",
      async (_request, serve) => {
        await on.scene.push("More", { branch: BRANCH, by: "ada", files: ["src/more.ts"] });
        return serve();
      },
      1,
    );
    expect(await on.merge()).toMatchObject({ type: "refused" });
    expect(on.seen()).toMatchObject({ state: "open", scheduled: false });
  });

  test("nor is one that was closed", async () => {
    const on = await proposed();
    on.pulls.close(on.at);
    expect(await on.merge()).toMatchObject({ type: "refused", why: "it is closed" });
  });
});

describe("a rule that stands in the way is waited for", () => {
  const BLOCKED = { type: "retry", why: "a rule stands in the way: blocked", auth: false };

  test("a review, and merged in our words once it is given", async () => {
    const on = await proposed({ approvals: 1 });
    expect(await on.merge()).toMatchObject(BLOCKED);
    await on.pulls.review({ ...on.at, by: "stranger", verdict: "approve" });
    expect(await on.merge()).toMatchObject(BLOCKED);
    await on.pulls.review({ ...on.at, verdict: "approve" });
    expect(await on.merge()).toEqual({ type: "done", value: "merged" });
    expect(on.seen()).toMatchObject({ state: "merged", mergedBy: "afk-loop" });
    expect((await on.trunk())?.message).toBe(`${MESSAGE.title}\n\n${MESSAGE.body}`);
  });

  test("a check", async () => {
    const on = await proposed({ checks: ["test", "lint"] });
    await on.green();
    expect(await on.merge()).toMatchObject(BLOCKED);
    await on.green(on.head, "lint");
    expect(await on.merge()).toEqual({ type: "done", value: "merged" });
  });

  test("changes that somebody asks for", async () => {
    const on = await proposed({ approvals: 1 });
    await on.pulls.review({ ...on.at, verdict: "request_changes", body: "No." });
    expect(await on.merge()).toMatchObject(BLOCKED);
    expect(on.seen()?.state).toBe("open");
  });

  test("nothing is left behind that would merge another head, or after the run", async () => {
    const on = await proposed({ approvals: 1 });
    await on.merge();
    await on.scene.push("More", { branch: BRANCH, by: "ada", files: ["src/more.ts"] });
    await on.pulls.review({ ...on.at, verdict: "approve" });
    expect(on.seen()).toMatchObject({ state: "open", scheduled: false });
  });

  test("a merge is not even asked for: an account that may go round a rule would go round it", async () => {
    for (const rules of [{ approvals: 1 }, { checks: ["test"] }, { approvals: 1, queue: true }]) {
      const on = await proposed(rules);
      await on.merge();
      expect(puts(on.heard())).toBe(0);
    }
  });

  test("a rule that came to stand between look and merge", async () => {
    const on = await proposed();
    const blocks = async (_request: unknown, serve: () => Promise<Response>) => {
      on.pulls.setRules(REPO, "main", { approvals: 1 });
      return serve();
    };
    on.faults.add(({ method }) => method === "PUT", blocks, 1);
    expect(await on.merge()).toMatchObject({ type: "retry", why: expect.stringContaining("a rule stands in the way") });
    expect(on.seen()).toMatchObject({ state: "open", scheduled: false });
  });

  test("a draft and a conflict", async () => {
    const draft = await proposed();
    await draft.pulls.setDraft({ ...draft.at, draft: true });
    expect(await draft.merge()).toMatchObject({ type: "retry", why: "it is a draft" });
    const conflict = await proposed();
    await conflict.scene.push("Somebody else", { files: ["src/stand.ts"] });
    expect(await conflict.merge()).toMatchObject({ type: "retry", why: "it cannot be merged: conflicting" });
  });
});

test("a person's auto-merge is left alone", async () => {
  const head = "a".repeat(40);
  const pullRequest = {
    ...{ id: "PR_1", state: "OPEN", isDraft: false, headRefOid: head, baseRefName: "main", mergeable: "MERGEABLE" },
    ...{ mergeStateStatus: "BLOCKED", reviewDecision: null, isInMergeQueue: false, isMergeQueueEnabled: false },
    autoMergeRequest: { enabledAt: "2026-11-02T09:00:00Z" },
  };
  const may = { squashMergeAllowed: true, mergeCommitAllowed: true, rebaseMergeAllowed: true };
  const { proposals, asked } = answering(Response.json({ data: { repository: { ...may, pullRequest } } }));
  expect(await proposals.merge(1, head, MESSAGE)).toEqual({ type: "done", value: "scheduled" });
  expect(asked.map(({ method }) => method)).toEqual(["POST"]);
});

test.each(["REVIEW_REQUIRED", "CHANGES_REQUESTED", "SOMETHING_NEW"])(
  "where GitHub says clean and yet %s, no merge is asked for",
  async (reviewDecision) => {
    const head = "a".repeat(40);
    const pullRequest = {
      ...{ id: "PR_1", state: "OPEN", isDraft: false, headRefOid: head, baseRefName: "main", mergeable: "MERGEABLE" },
      ...{ mergeStateStatus: "CLEAN", reviewDecision, isInMergeQueue: false, isMergeQueueEnabled: false },
      autoMergeRequest: null,
    };
    const may = { squashMergeAllowed: true, mergeCommitAllowed: true, rebaseMergeAllowed: true };
    const { proposals, asked } = answering(Response.json({ data: { repository: { ...may, pullRequest } } }));
    expect(await proposals.merge(1, head, MESSAGE)).toMatchObject({ type: "retry" });
    expect(asked.map(({ method }) => method)).toEqual(["POST"]);
  },
);

describe("a merge queue", () => {
  test("takes what is ready, tests it on the trunk, and lands that very commit", async () => {
    const on = await proposed({ approvals: 1, checks: ["test"], queue: true });
    await on.pulls.review({ ...on.at, verdict: "approve" });
    await on.green();
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    const commit = on.pulls.queuedCommit(REPO, on.number);
    expect(await on.proposals.find(BRANCH, "main")).toMatchObject({ value: { queued: { commit }, scheduled: true } });
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    await on.green(commit ?? "");
    expect(on.seen()).toMatchObject({ state: "merged", mergeCommit: commit });
    expect((await on.trunk())?.sha).toBe(commit);
  });

  test("is entered, and no merge is asked for", async () => {
    const on = await proposed({ checks: ["test"], queue: true });
    await on.green();
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    expect(on.heard()).toEqual(["POST 200 /graphql", "POST 200 /graphql"]);
    expect(on.pulls.queuedCommit(REPO, on.number)).not.toBeNull();
  });

  test("is not entered by a head that was pushed between look and deed", async () => {
    const on = await proposed({ queue: true });
    on.faults.add(
      ({ body }) => JSON.stringify(body ?? "").includes("enqueue"),
      async (_request, serve) => {
        await on.scene.push("More", { branch: BRANCH, by: "ada", files: ["src/more.ts"] });
        return serve();
      },
      1,
    );
    expect(await on.merge()).toMatchObject({ type: "refused", why: "its head is another by now" });
    expect(on.seen()).toMatchObject({ state: "open", scheduled: false });
  });

  test("drops what is red, which is then neither queued nor scheduled", async () => {
    const on = await proposed({ checks: ["test"], queue: true });
    await on.green();
    await on.merge();
    const sha = on.pulls.queuedCommit(REPO, on.number) ?? "";
    await on.ci.setStatus({ repo: REPO, sha, context: "test", state: "failure", by: "ada" });
    expect(await on.proposals.find(BRANCH, "main")).toMatchObject({
      value: { state: "open", queued: null, scheduled: false },
    });
  });
});

describe("deleteBranch", () => {
  test("takes the branch away, and asked again finds it gone", async () => {
    const on = await proposed();
    await on.merge();
    expect(await on.proposals.deleteBranch(BRANCH, on.head)).toEqual({ type: "done", value: null });
    expect(await on.scene.git.head(REPO, BRANCH)).toBeUndefined();
    expect(await on.proposals.deleteBranch(BRANCH, on.head)).toEqual({ type: "done", value: null });
  });

  test("leaves one that somebody pushed to since", async () => {
    const on = await proposed();
    const more = await on.scene.push("More", { branch: BRANCH, files: ["src/more.ts"] });
    expect(await on.proposals.deleteBranch(BRANCH, on.head)).toMatchObject({ type: "refused" });
    expect(await on.scene.git.head(REPO, BRANCH)).toBe(more);
  });

  test("one that went between the look and the deed is gone all the same", async () => {
    const on = await proposed();
    const goes = async (_request: unknown, serve: () => Promise<Response>) => {
      on.scene.git.setBranch(REPO, BRANCH, undefined);
      return serve();
    };
    on.faults.add(({ method }) => method === "DELETE", goes, 1);
    expect(await on.proposals.deleteBranch(BRANCH, on.head)).toEqual({ type: "done", value: null });
  });

  test.each([
    [403, "refused"],
    [401, "retry"],
    [500, "retry"],
  ])("answered %i it is %s: what may not be tidied up stays, and calls nobody", async (status, type) => {
    const on = await proposed();
    on.faults.add(({ method }) => method === "DELETE", status);
    expect(await on.proposals.deleteBranch(BRANCH, on.head)).toMatchObject({ type });
  });

  test("a repo that deletes merged branches itself has done so", async () => {
    const on = await proposed();
    on.pulls.setMerging(REPO, { deleteBranch: true });
    await on.merge();
    expect(await on.scene.git.head(REPO, BRANCH)).toBeUndefined();
    expect(await on.proposals.deleteBranch(BRANCH, on.head)).toEqual({ type: "done", value: null });
  });
});

describe("takesPush", () => {
  const takes = async ({ proposals }: Stage) => proposals.takesPush("main");
  test.each<[string, BranchRules, boolean]>([
    ["no rules", {}, true],
    ["a pull request", { pullRequest: true }, false],
    ["an approval", { approvals: 1 }, false],
    ["a check", { checks: ["test"] }, false],
    ["a queue", { queue: true }, false],
  ])("%s", async (_, rules, value) => {
    const on = stage();
    on.pulls.setRules(REPO, "main", rules);
    expect(await takes(on)).toEqual({ known: true, value });
    expect(on.scene.github.pushRefusal(REPO, "main") === null).toBe(value);
  });

  test("a check that a ruleset demands, told with the rest of CI", async () => {
    const on = stage();
    on.ci.setRequiredChecks(REPO, "main", ["test"]);
    expect(await takes(on)).toEqual({ known: true, value: false });
    expect(on.scene.github.pushRefusal(REPO, "main")).not.toBeNull();
  });

  test("classic protection speaks against unless it can be read and demands nothing", async () => {
    const on = stage();
    on.pulls.protectClassically(REPO, "main");
    expect(await takes(on)).toEqual({ known: true, value: false });
    on.people.setPermission(REPO, "afk-loop", "admin");
    expect(await takes(on)).toEqual({ known: true, value: true });
    on.ci.setRequiredChecks(REPO, "main", ["test"], "protection");
    expect(await takes(on)).toEqual({ known: true, value: false });
  });

  const json = (body: unknown, status = 200) => Response.json(body, { status });
  const branch = (told: object) => json({ commit: {}, protected: true, ...told });
  const rule = (type: string) => json([{ type }]);
  const classic = branch({ protection: { enabled: true } });
  const no = (status: number, message = "no") => json({ message }, status);
  test.each<[string, Response[], boolean | null]>([
    ["rules that explain the protection and take pushes", [rule("deletion"), branch({})], true],
    ["a linear history", [rule("required_linear_history"), branch({ protection: { enabled: false } })], true],
    ["signed commits", [rule("required_signatures")], false],
    ["who may update", [rule("update")], false],
    ["deployments", [rule("required_deployments")], false],
    ["workflows", [rule("workflows")], false],
    ["a kind that nobody knows", [rule("required_wisdom")], false],
    ["protection that nothing explains", [json([]), branch({})], false],
    ["protection that nothing explains, on a plan without rulesets", [no(403), branch({})], false],
    ["no protection, on a GitHub without rulesets", [no(404), branch({ protected: false })], true],
    ["classic protection that is closed to us", [json([]), classic, no(404, "Not Found")], false],
    ["classic protection with reviews", [json([]), classic, json({ required_pull_request_reviews: {} })], false],
    ["classic protection that names who may push", [json([]), classic, json({ restrictions: {} })], false],
    [
      "classic protection with signatures",
      [json([]), classic, json({ required_signatures: { enabled: true } })],
      false,
    ],
    ["classic protection of a locked branch", [json([]), classic, json({ lock_branch: { enabled: true } })], false],
    [
      "classic protection that only forbids force",
      [json([]), classic, json({ allow_force_pushes: { enabled: false } })],
      true,
    ],
    ["rules that could not be read", [no(502)], null],
    ["a wrong token", [no(401)], null],
    ["a branch that could not be read", [json([]), no(500)], null],
    ["protection that could not be read", [json([]), classic, no(500)], null],
    ["nonsense", [json([{ type: 3 }])], null],
    ["nonsense of a branch", [json([]), json({ protected: "yes" })], null],
    ["nonsense of a protection", [json([]), classic, json({ lock_branch: "yes" })], null],
  ])("%s", async (_, answers, value) => {
    const read = await answering(...answers.map((answer) => answer.clone())).proposals.takesPush("main");
    expect(read).toMatchObject(value === null ? { known: false } : { known: true, value });
  });
});
