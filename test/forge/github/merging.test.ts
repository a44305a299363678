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

describe("another head than was judged is never merged", () => {
  test("one that was pushed since", async () => {
    const on = await proposed();
    await on.scene.push("More", { branch: BRANCH, by: "ada", files: ["src/more.ts"] });
    expect(await on.merge()).toMatchObject({ type: "refused", why: expect.stringContaining("by now") });
    expect(on.seen()).toMatchObject({ state: "open", scheduled: false });
  });

  test.each(["the merge", "the schedule"])("one that is pushed between the look and %s", async (step) => {
    const on = await proposed(step === "the merge" ? {} : { approvals: 1 });
    const isStep = ({ method, body }: { method: string; body: unknown }) =>
      step === "the merge" ? method === "PUT" : JSON.stringify(body ?? "").includes("mutation");
    on.faults.add(
      isStep,
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

describe("a rule that stands in the way is waited for, by GitHub itself", () => {
  test("a review: scheduled, and merged by itself once it is given, in our words", async () => {
    const on = await proposed({ approvals: 1 });
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    expect(on.seen()).toMatchObject({ state: "open", scheduled: true });
    expect(await on.proposals.find(BRANCH, "main")).toMatchObject({ value: { scheduled: true, review: "required" } });
    await on.pulls.review({ ...on.at, by: "stranger", verdict: "approve" });
    expect(on.seen()?.state).toBe("open");
    await on.pulls.review({ ...on.at, verdict: "approve" });
    expect(on.seen()).toMatchObject({ state: "merged", mergedBy: "afk-loop" });
    expect((await on.trunk())?.message).toBe(`${MESSAGE.title}\n\n${MESSAGE.body}`);
  });

  test("a check", async () => {
    const on = await proposed({ checks: ["test", "lint"] });
    await on.green();
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    await on.green(on.head, "lint");
    expect(on.seen()?.state).toBe("merged");
  });

  test("changes that somebody asks for", async () => {
    const on = await proposed({ approvals: 1 });
    await on.pulls.review({ ...on.at, verdict: "request_changes", body: "No." });
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    expect(on.seen()?.state).toBe("open");
  });

  test("a merge is not even asked for: an account that may go round a rule would go round it", async () => {
    for (const rules of [{ approvals: 1 }, { checks: ["test"] }, { approvals: 1, queue: true }]) {
      const on = await proposed(rules);
      await on.merge();
      expect(puts(on.heard())).toBe(0);
    }
  });

  test("where the repo has no auto-merge, it is tried again", async () => {
    const on = await proposed({ approvals: 1 });
    on.pulls.setMerging(REPO, { auto: false });
    expect(await on.merge()).toMatchObject({ type: "retry", why: "a rule stands in the way: blocked", auth: false });
    await on.pulls.review({ ...on.at, verdict: "approve" });
    expect(await on.merge()).toEqual({ type: "done", value: "merged" });
  });

  test("a rule that came to hold between look and schedule is no failure: next time it is merged", async () => {
    const on = await proposed({ approvals: 1 });
    on.faults.add(
      ({ body }) => JSON.stringify(body ?? "").includes("mutation"),
      async (_request, serve) => {
        await on.pulls.review({ ...on.at, verdict: "approve" });
        return serve();
      },
      1,
    );
    expect(await on.merge()).toMatchObject({ type: "retry", why: expect.stringContaining("clean status") });
    expect(await on.merge()).toEqual({ type: "done", value: "merged" });
  });

  test("a rule that came to stand between look and merge", async () => {
    const on = await proposed();
    const blocks = async (_request: unknown, serve: () => Promise<Response>) => {
      on.pulls.setRules(REPO, "main", { approvals: 1 });
      return serve();
    };
    on.faults.add(({ method }) => method === "PUT", blocks, 1);
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    expect(on.seen()?.state).toBe("open");
  });

  test("a draft and a conflict are nothing to schedule", async () => {
    const draft = await proposed();
    await draft.pulls.setDraft({ ...draft.at, draft: true });
    expect(await draft.merge()).toMatchObject({ type: "retry", why: "it is a draft" });
    const conflict = await proposed();
    await conflict.scene.push("Somebody else", { files: ["src/stand.ts"] });
    expect(await conflict.merge()).toMatchObject({ type: "retry", why: "it cannot be merged: conflicting" });
    expect(conflict.seen()).toMatchObject({ scheduled: false });
  });
});

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

  test("is entered by auto-merge where a rule still stands in the way", async () => {
    const on = await proposed({ approvals: 1, queue: true });
    expect(await on.merge()).toEqual({ type: "done", value: "scheduled" });
    expect(await on.proposals.find(BRANCH, "main")).toMatchObject({ value: { queued: null, scheduled: true } });
    await on.pulls.review({ ...on.at, verdict: "approve" });
    expect(on.seen()?.state).toBe("merged");
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
