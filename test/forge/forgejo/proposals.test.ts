/** Pull requests, through the adapter, on a Forgejo that merges for real. */
import { describe, expect, test } from "vitest";
import type { Proposal, Remark } from "../../../lib/core/types.ts";
import { OPTIONAL_READS } from "../../../lib/forge/forgejo/optional-reads.ts";
import { targetContract } from "../../contracts/target-contract.ts";
import type { BranchRules, NewReview } from "../../fakes/forge/pulls.ts";
import { answering, REPO, stage } from "./stage.ts";

const BRANCH = "afk/7-a1b2c3d4e5f60718";
const MESSAGE = { title: "Widgets stand still", body: "Refs #1\n\nAFK-Run: a1b2c3d4e5f60718" };
const TESTED_SECONDS = 20;
type Stage = ReturnType<typeof stage>;

/** A branch of one commit that touches one file, proposed by our own account. */
async function proposed(on: Stage, files = ["src/stand.ts"]) {
  const head = await on.scene.push("Stand still", { branch: BRANCH, by: "afk-loop", files });
  const opened = await on.proposals.open({ branch: BRANCH, trunk: "main", title: "Widgets", body: "Refs #1" });
  if (opened.type !== "done") throw new Error(JSON.stringify(opened));
  on.heard();
  return { head, number: opened.value, by: (who: string) => ({ repo: REPO, number: opened.value, by: who }) };
}

async function found({ proposals }: Stage): Promise<Proposal | null> {
  const read = await proposals.find(BRANCH, "main");
  if (!read.known) throw new Error(read.why);
  return read.value;
}

async function said({ proposals }: Stage, number: number): Promise<Remark[]> {
  const read = await proposals.remarks(number);
  if (!read.known) throw new Error(read.why);
  return read.value;
}

describe("open", () => {
  test("a branch is proposed with its title and text", async () => {
    const on = stage();
    const { number, head } = await proposed(on);
    expect(on.pulls.all(REPO)).toMatchObject([
      { number, branch: BRANCH, base: "main", title: "Widgets", body: "Refs #1", by: "afk-loop", head, state: "open" },
    ]);
  });

  test("a branch without a commit of its own is refused, though Forgejo would open it; so is one that is not there", async () => {
    const { scene, proposals, pulls } = stage();
    scene.git.setBranch(REPO, BRANCH, scene.base);
    const wanted = { branch: BRANCH, trunk: "main", title: "x", body: "" };
    expect(await proposals.open(wanted)).toMatchObject({ type: "refused", why: expect.stringContaining("no commit") });
    expect(await proposals.open({ ...wanted, branch: "nope" })).toMatchObject({ type: "refused" });
    expect(pulls.all(REPO)).toEqual([]);
  });

  test("one that is open already is tried again: the next look finds it", async () => {
    const on = stage();
    await proposed(on);
    const again = await on.proposals.open({ branch: BRANCH, trunk: "main", title: "x", body: "" });
    expect(again).toMatchObject({ type: "retry", why: expect.stringContaining("already exists"), auth: false });
  });

  test("a token that may not is to be mended", async () => {
    const { scene, proposals, people } = stage();
    await scene.push("x", { branch: BRANCH, files: ["x"] });
    people.setPermission(REPO, "afk-loop", "read");
    const opened = await proposals.open({ branch: BRANCH, trunk: "main", title: "x", body: "" });
    expect(opened).toMatchObject({ type: "retry", auth: true });
  });
});

describe("target", () => {
  targetContract({ stage, answering });
});

describe("find", () => {
  test("where there is none it says so, and costs one look at the repo itself", async () => {
    const on = stage();
    expect(await found(on)).toBeNull();
    on.faults.add(({ path }) => path === `/repos/${REPO}`, 404);
    expect(await on.proposals.find(BRANCH, "main")).toMatchObject({ known: false });
  });

  test("one that is open, with three requests", async () => {
    const on = stage();
    const { head, number } = await proposed(on);
    expect(await found(on)).toEqual({
      number,
      url: expect.stringMatching(/^https:.*\/pulls\/\d+$/),
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
    expect(on.heard()).toEqual([
      `GET 200 /pulls/main/${BRANCH}`,
      "GET 200 /branches/main",
      `GET 200 /pulls/${number}/reviews`,
    ]);
  });

  test("of several the newest, whatever Forgejo gives for the pair; a fork's is not ours", async () => {
    const on = stage();
    const first = await proposed(on);
    on.pulls.close(first.by("ada"));
    expect(await found(on)).toMatchObject({ number: first.number, state: "closed" });
    const second = await proposed(on);
    const sha = await on.pulls.merge(second.by("ada"));
    expect(await found(on)).toMatchObject({ number: second.number, state: "merged", mergeCommit: sha });
  });

  test("one whose branch is gone is known by the name that is left", async () => {
    const on = stage();
    const { by, head, number } = await proposed(on);
    const sha = await on.pulls.merge({ ...by("ada"), method: "squash" });
    expect(await on.proposals.deleteBranch(BRANCH, head)).toEqual({ type: "done", value: null });
    expect(await found(on)).toMatchObject({ number, state: "merged", head, mergeCommit: sha });
  });

  test("a fork's branch of the same name is somebody else's", async () => {
    const side = { label: BRANCH, ref: BRANCH, sha: "a".repeat(40), repo_id: 1 };
    const pull = (number: number, head: object) => ({
      ...{ number, html_url: `https://forgejo.example/octo/widgets/pulls/${number}`, state: "closed", merged: false },
      ...{ merge_commit_sha: null, draft: false, mergeable: true, merge_base: "b", head },
      base: { label: "main", ref: "main", sha: "b", repo_id: 1 },
    });
    const { proposals } = answering(
      Response.json(pull(3, side)),
      Response.json([pull(9, { ...side, repo_id: 2 }), pull(8, { ...side, label: "other" }), pull(3, side)]),
    );
    expect(await proposals.find(BRANCH, "main")).toMatchObject({ known: true, value: { number: 3, state: "closed" } });
  });
});

describe("whether it merges", () => {
  test("one in conflict, once Forgejo can have tested it: until then nobody knows", async () => {
    const on = stage();
    await proposed(on, ["src/widget.ts"]);
    await on.scene.push("Wobble on", { files: ["src/widget.ts"] });
    expect(await found(on)).toMatchObject({ merges: "unknown" });
    on.scene.later(TESTED_SECONDS);
    expect(await found(on)).toMatchObject({ merges: "conflict", draft: false });
  });

  test("one that holds the trunk's head cannot be in conflict: Forgejo still tests it", async () => {
    const side = { label: BRANCH, ref: BRANCH, sha: "a".repeat(40), repo_id: 1 };
    const pull = {
      ...{ number: 3, html_url: "https://forgejo.example/octo/widgets/pulls/3", state: "open", merged: false },
      ...{ merge_commit_sha: null, mergeable: false, merge_base: "b", head: side },
      base: { label: "main", ref: "main", sha: "b", repo_id: 1 },
    };
    const merges = async (more: object) => {
      const { proposals } = answering(
        Response.json({ ...pull, ...more }),
        Response.json({ protected: false }),
        Response.json([]),
      );
      const read = await proposals.find(BRANCH, "main");
      return read.known ? read.value?.merges : read.why;
    };
    expect(await merges({})).toBe("unknown");
    expect(await merges({ draft: true })).toBe("clean");
    expect(await merges({ merge_base: "older" })).toBe("conflict");
    expect(await merges({ merge_base: "older", draft: true })).toBe("unknown");
    expect(await merges({ merge_base: "older", mergeable: true })).toBe("clean");
  });

  test("one behind, only where the rule minds; who may not read the rule takes it for clean", async () => {
    const on = stage();
    await proposed(on);
    await on.scene.push("Something else", { files: ["README.md"] });
    expect(await found(on)).toMatchObject({ merges: "clean" });
    on.pulls.setRules(REPO, "main", { upToDate: true });
    expect(await found(on)).toMatchObject({ merges: "behind" });
    on.people.setPermission(REPO, "afk-loop", "write");
    expect(await found(on)).toMatchObject({ merges: "clean" });
    on.people.setPermission(REPO, "afk-loop", "admin");
    on.faults.add(({ path }) => path.endsWith("/branch_protections"), 403);
    expect(OPTIONAL_READS.branch_protections.forbidden).toBe("nothing");
    expect(await found(on)).toMatchObject({ merges: "clean" });
  });

  test("a draft is told by its title", async () => {
    const on = stage();
    const { by } = await proposed(on);
    on.pulls.setDraft({ ...by("ada"), draft: true });
    expect(await found(on)).toMatchObject({ draft: true, merges: "clean" });
    on.pulls.setDraft({ ...by("ada"), draft: false });
    expect(await found(on)).toMatchObject({ draft: false });
  });
});

describe("what the reviews come to", () => {
  type Said = [who: string, verdict: NewReview["verdict"] | "push"];
  test.each<[string, BranchRules, Said[], Proposal["review"]]>([
    ["nobody asks", {}, [], "none"],
    ["nobody asks, and one approves", {}, [["ada", "approve"]], "approved"],
    ["one is required", { approvals: 1 }, [], "required"],
    ["one is required and given", { approvals: 1 }, [["ada", "approve"]], "approved"],
    ["two are required", { approvals: 2 }, [["ada", "approve"]], "required"],
    ["a stranger's counts for nothing", { approvals: 1 }, [["stranger", "approve"]], "required"],
    ["a stranger's changes neither", {}, [["stranger", "request_changes"]], "none"],
    ["changes are requested", {}, [["ada", "request_changes"]], "changes_requested"],
    ["of one person the newest", {}, [["ada", "request_changes"], ["ada", "approve"]], "approved"], // biome-ignore format: a row
    ["a comment takes nothing back", { approvals: 1 }, [["ada", "approve"], ["ada", "comment"]], "approved"], // biome-ignore format: a row
    ["a push leaves an approval", { approvals: 1 }, [["ada", "approve"], ["", "push"]], "approved"], // biome-ignore format: a row
    ["unless the rule dismisses it", { approvals: 1, dismissStale: true }, [["ada", "approve"], ["", "push"]], "required"], // biome-ignore format: a row
  ])("%s", async (_name, rules, acts, review) => {
    const on = stage();
    const { by } = await proposed(on);
    on.pulls.setRules(REPO, "main", rules);
    for (const [who, verdict] of acts) {
      if (verdict === "push") await on.scene.push("More", { branch: BRANCH, by: "afk-loop", files: ["more"] });
      else await on.pulls.review({ ...by(who), verdict, body: "So I say." });
    }
    expect(await found(on)).toMatchObject({ review });
  });

  test("a rule that ignores stale approvals is heeded", async () => {
    const side = { label: BRANCH, ref: BRANCH, sha: "a".repeat(40), repo_id: 1 };
    const stale = { id: 1, user: { id: 4, login: "ada" }, state: "APPROVED", official: true, stale: true };
    const review = async (ignore_stale_approvals: boolean) => {
      const { proposals } = answering(
        Response.json({
          ...{ number: 3, html_url: "https://forgejo.example/o/n/pulls/3", state: "open", merged: false },
          ...{ mergeable: true, merge_base: "b", head: side, base: { ...side, label: "main", ref: "main", sha: "b" } },
        }),
        Response.json({ protected: true, required_approvals: 1, effective_branch_protection_name: "m*" }),
        Response.json([{ ...stale, submitted_at: "2026-11-01T09:00:00Z" }], { headers: { "x-total-count": "1" } }),
        Response.json([{ rule_name: "other" }, { rule_name: "m*", ignore_stale_approvals }]),
      );
      const read = await proposals.find(BRANCH, "main");
      return read.known ? read.value?.review : read.why;
    };
    expect(await review(true)).toBe("required");
    expect(await review(false)).toBe("approved");
  });
});

describe("remarks", () => {
  test("reviews and their comments, by whomever, oldest first, each of the head its review was made of", async () => {
    const on = stage();
    const { by, head, number } = await proposed(on);
    on.scene.later(1);
    const comments = [{ path: "src/stand.ts", line: 3, body: "Why?" }];
    await on.pulls.review({ ...by("stranger"), verdict: "comment", comments });
    on.scene.later(1);
    await on.pulls.review({ ...by("ada"), verdict: "request_changes", body: "Not so." });
    const next = await on.scene.push("Better", { branch: BRANCH, by: "afk-loop", files: ["src/stand.ts"] });
    on.scene.later(1);
    await on.pulls.review({ ...by("ada"), verdict: "approve" });
    const at = { path: null, line: null };
    expect(await said(on, number)).toMatchObject([
      { author: { login: "stranger" }, type: "comment", commit: head, path: "src/stand.ts", line: 3, text: "Why?" },
      { author: { login: "ada" }, type: "changes_requested", commit: head, ...at, text: "Not so." },
      { author: { login: "ada" }, type: "approval", commit: next, ...at, text: "" },
    ]);
  });

  test("all pages are read, and each id is its own", async () => {
    const on = stage();
    const { by, number } = await proposed(on);
    for (let n = 0; n < 60; n++) await on.pulls.review({ ...by("ada"), verdict: "comment", body: `No. ${n}` });
    const remarks = await said(on, number);
    expect(remarks.map((remark) => remark.text)).toEqual(Array.from({ length: 60 }, (_, n) => `No. ${n}`));
    expect(new Set(remarks.map((remark) => remark.id)).size).toBe(60);
  });

  test("what was not submitted is none, a dismissed verdict is a comment, a reply is its writer's", async () => {
    const ada = { id: 4, login: "ada" };
    const review = (id: number, state: string, more: object = {}) => ({
      ...{ id, user: ada, state, body: "", commit_id: "c1c1", submitted_at: `2026-11-01T09:00:0${id}Z`, ...more },
    });
    const reviews = [
      review(1, "PENDING", { body: "Not yet" }),
      review(2, "REQUEST_REVIEW"),
      review(3, "REQUEST_CHANGES", { body: "No", dismissed: true }),
      review(4, "APPROVED", { user: null }),
      review(5, "COMMENT", { comments_count: 1 }),
    ];
    const reply = {
      id: 5,
      user: { id: 9, login: "bob" },
      body: "Because",
      path: "a.ts",
      position: 0,
      commit_id: "old",
    };
    const { proposals } = answering(
      Response.json(reviews, { headers: { "x-total-count": "5" } }),
      Response.json([{ ...reply, created_at: "2026-11-01T09:00:09Z" }]),
    );
    const read = await proposals.remarks(3);
    expect(read.known && read.value).toMatchObject([
      { id: "review:3", type: "comment", text: "No" },
      { id: "review:4", type: "approval", author: { kind: "unknown" } },
      { id: "comment:5", type: "comment", author: { login: "bob" }, commit: "c1c1", path: "a.ts", line: null },
    ]);
  });
});

describe("merge", () => {
  test("squashes with our message, and tells it of the very head", async () => {
    const on = stage();
    const { head, number } = await proposed(on);
    expect(await on.proposals.merge(number, head, MESSAGE)).toEqual({ type: "done", value: "merged" });
    const { mergeCommit } = (await found(on)) ?? {};
    expect(await on.scene.git.head(REPO, "main")).toBe(mergeCommit);
    const made = await on.scene.git.commit(REPO, mergeCommit ?? "");
    expect(made).toMatchObject({ message: `${MESSAGE.title}\n\n${MESSAGE.body}`, parents: [on.scene.base] });
  });

  test.each([
    [["merge"], "merge"],
    [["rebase"], "rebase-merge"],
    [["rebase", "squash"], "squash"],
  ] as const)("where the repo allows %j it is %s", async (methods, style) => {
    const on = stage();
    const { head, number } = await proposed(on);
    on.pulls.setMerging(REPO, { methods: [...methods] });
    expect(await on.proposals.merge(number, head, MESSAGE)).toMatchObject({ type: "done" });
    expect(on.scene.forgejo.log.at(-1)).toMatchObject({ requestBody: { Do: style } });
  });

  test("a repo that allows none refuses", async () => {
    const on = stage();
    const { head, number } = await proposed(on);
    on.pulls.setMerging(REPO, { methods: [] });
    expect(await on.proposals.merge(number, head, MESSAGE)).toMatchObject({ type: "refused" });
  });

  test("a head that has moved is refused, and nothing is merged", async () => {
    const on = stage();
    const { head, number } = await proposed(on);
    await on.scene.push("Pushed later", { branch: BRANCH, by: "ada", files: ["more"] });
    expect(await on.proposals.merge(number, head, MESSAGE)).toMatchObject({ type: "refused" });
    expect(on.pulls.all(REPO)).toMatchObject([{ state: "open" }]);
  });

  test("done once more it is still done, and one that was closed is refused", async () => {
    const on = stage();
    const { head, number, by } = await proposed(on);
    on.pulls.close(by("ada"));
    expect(await on.proposals.merge(number, head, MESSAGE)).toMatchObject({ type: "refused", why: "it is closed" });
    on.pulls.reopen(by("ada"));
    for (let time = 0; time < 2; time++)
      expect(await on.proposals.merge(number, head, MESSAGE)).toEqual({ type: "done", value: "merged" });
  });

  test("no rule is gone round, though the checks have passed and we are an admin: it is tried again until all hold", async () => {
    const on = stage();
    const { head, number, by } = await proposed(on);
    on.pulls.setRules(REPO, "main", { approvals: 1, checks: ["ci/test"], upToDate: true });
    const tries = () => on.proposals.merge(number, head, MESSAGE);
    expect(await tries()).toMatchObject({ type: "retry", why: expect.stringContaining("status checks"), auth: false });
    await on.outside.setStatus({ repo: REPO, sha: head, context: "ci/test", state: "success", by: "ada" });
    expect(await tries()).toMatchObject({ type: "retry", why: expect.stringContaining("approvals") });
    expect(on.pulls.all(REPO)).toMatchObject([{ state: "open", scheduled: false }]);
    await on.pulls.review({ ...by("ada"), verdict: "approve" });
    expect(await tries()).toEqual({ type: "done", value: "merged" });
    for (const { requestBody, path } of on.scene.forgejo.log)
      if (path.endsWith("/merge"))
        expect(Object.keys(Object(requestBody)).sort()).toEqual([
          "Do",
          "MergeMessageField",
          "MergeTitleField",
          "head_commit_id",
        ]);
  });
});

describe("files", () => {
  const told = (...files: object[]) => answering(Response.json(files), Response.json([])).proposals.files(3);
  const value = (paths: string[], complete: boolean) => ({ known: true, value: { paths, complete } });

  test("are what it would change, all pages of it", async () => {
    const on = stage();
    const names = Array.from({ length: 120 }, (_, n) => `src/${String(n).padStart(3, "0")}.ts`);
    const { number } = await proposed(on, names);
    await on.scene.push("Meanwhile", { files: ["README.md"] });
    expect(await on.proposals.files(number)).toEqual(value(names, true));
    expect(on.heard()).toEqual(Array.from({ length: 3 }, () => `GET 200 /pulls/${number}/files`));
  });

  test("of a rename are both its names; where an old release names but the new one, they are not complete", async () => {
    const renamed = { filename: "src/new.ts", status: "renamed" };
    expect(await told({ ...renamed, previous_filename: "src/old.ts" })).toEqual(
      value(["src/new.ts", "src/old.ts"], true),
    );
    expect(await told(renamed)).toEqual(value(["src/new.ts"], false));
    expect(await told({ filename: "a", status: "added" }, { filename: "a", status: "deleted" })).toEqual(
      value(["a"], true),
    );
  });

  test("without an end are not complete; of a pull request that is not there, or that no forge tells, unread", async () => {
    const endless = answering(Response.json([{ filename: "a", status: "changed" }]));
    expect(await endless.proposals.files(3)).toEqual(value(["a"], false));
    expect(await stage().proposals.files(99)).toMatchObject({ known: false, why: expect.stringMatching(/^404/) });
    expect(await told({ status: "changed" })).toMatchObject({ known: false });
  });
});

describe("deleteBranch", () => {
  test("of the head we mean, once; another head stays", async () => {
    const on = stage();
    const { head } = await proposed(on);
    expect(await on.proposals.deleteBranch(BRANCH, on.scene.base)).toMatchObject({ type: "refused" });
    expect(await on.scene.git.head(REPO, BRANCH)).toBe(head);
    for (let time = 0; time < 2; time++)
      expect(await on.proposals.deleteBranch(BRANCH, head)).toEqual({ type: "done", value: null });
    expect(await on.scene.git.head(REPO, BRANCH)).toBeUndefined();
  });
});

describe("deleteBranch, not allowed", () => {
  test.each([
    [403, "refused"],
    [401, "retry"],
    [500, "retry"],
  ])("answered %i it is %s: what may not be tidied up stays, and calls nobody", async (status, type) => {
    const on = stage();
    const { head } = await proposed(on);
    on.faults.add(({ method }) => method === "DELETE", status);
    expect(await on.proposals.deleteBranch(BRANCH, head)).toMatchObject({ type });
  });
});

describe("takesPush", () => {
  test.each<[string, BranchRules, "admin" | "write" | "read", boolean]>([
    ["no rule", {}, "write", true],
    ["no rule, and we may not write", {}, "read", false],
    ["a pull request is demanded", { pullRequest: true }, "admin", false],
    ["only checks are, of who pushes nothing", { checks: ["ci"] }, "admin", true],
    ["a rule that we may not read", { checks: ["ci"] }, "write", false],
  ])("%s", async (_name, rules, permission, takes) => {
    const on = stage();
    on.pulls.setRules(REPO, "main", rules);
    on.people.setPermission(REPO, "afk-loop", permission);
    expect(await on.proposals.takesPush("main")).toEqual({ known: true, value: takes });
  });

  test("a rule that demands signatures or keeps files speaks against", async () => {
    const takes = async (rule: object) => {
      const { proposals } = answering(
        Response.json({ protected: true, user_can_push: true, effective_branch_protection_name: "main" }),
        Response.json([{ rule_name: "main", require_signed_commits: false, protected_file_patterns: "", ...rule }]),
      );
      const read = await proposals.takesPush("main");
      return read.known ? read.value : read.why;
    };
    expect(await takes({})).toBe(true);
    expect(await takes({ require_signed_commits: true })).toBe(false);
    expect(await takes({ protected_file_patterns: ".forgejo/**" })).toBe(false);
  });

  test("a branch that cannot be read is unknown", async () => {
    expect(await stage().proposals.takesPush("nowhere")).toMatchObject({ known: false });
  });
});
