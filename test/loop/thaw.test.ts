/** What lifts a repo's freeze, and what starts while it stands. */
import { describe, expect, it } from "vitest";
import { type Reading, tooLong, unread } from "../../lib/core/types.ts";
import { startReady } from "../../lib/loop/poller.ts";
import { Kit, READY, REPO, Troubles } from "./kit.ts";

type Ci = "success" | "failure" | "in_progress";

async function ci(kit: Kit, sha: string, word: Ci): Promise<void> {
  const { ci: runs } = kit.scene.github;
  const run = await runs.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
  if (word === "in_progress") await runs.updateWorkflowRun(REPO, run.id, { status: "in_progress" });
  else await runs.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: word });
}

/** A repo frozen since its trunk's newest commit, and an issue that waited before. */
async function frozen(): Promise<{ kit: Kit; waiting: number }> {
  const kit = new Kit();
  const waiting = kit.ready("Waits");
  const sha = await kit.scene.push("Broke it");
  await ci(kit, sha, "failure");
  kit.scene.later(60);
  const forgeIso = new Date(kit.scene.nowMs).toISOString();
  const freeze = { at: kit.scene.nowMs, run: "0123456789abcdef", issue: 99, sha, standing: "red" as const, forgeIso };
  kit.loop.store.putRepo({ ...kit.loop.store.repo(), freeze });
  kit.scene.later(60);
  return { kit, waiting };
}

async function onTop(kit: Kit, words: Ci[]): Promise<string[]> {
  const shas: string[] = [];
  for (const word of words) {
    const sha = await kit.scene.push("On top");
    await ci(kit, sha, word);
    shas.push(sha);
  }
  return shas;
}

const look = (kit: Kit, compared?: Reading<never>) => {
  const tracker = compared ? { ...kit.loop.tracker, compare: async () => compared } : kit.loop.tracker;
  return startReady({ ...kit.loop, tracker }, new Troubles());
};
const freezeOf = (kit: Kit) => kit.loop.store.repo().freeze;
const refused = (kit: Kit, issue: number) => kit.loop.store.issue(issue)?.refusal?.code;

describe("a freeze", () => {
  it("stands while the trunk is red", async () => {
    const { kit, waiting } = await frozen();
    await onTop(kit, ["failure"]);
    expect(await look(kit)).toBe("nothing");
    expect([freezeOf(kit)?.issue, refused(kit, waiting)]).toEqual([99, "repo_frozen"]);
  });

  it.each<[string, Ci[]]>([
    ["the newest commit", ["failure", "success"]],
    ["one under a commit whose CI is under way", ["success", "in_progress"]],
    ["one under six of them", ["success", ...Array<Ci>(6).fill("in_progress")]],
    [
      "one under a hundred of them, with others that are green",
      [...Array<Ci>(20).fill("success"), ...Array<Ci>(100).fill("in_progress")],
    ],
  ])("is lifted by a green at %s", async (_, words) => {
    const { kit } = await frozen();
    await onTop(kit, words);
    await look(kit);
    expect(freezeOf(kit)).toBeNull();
  });

  it("is not looked for in more than a few commits that CI has judged", async () => {
    const { kit } = await frozen();
    await onTop(kit, ["success", ...Array<Ci>(5).fill("failure")]);
    expect(await look(kit)).toBe("nothing");
    expect(freezeOf(kit)).not.toBeNull();
  });

  it("costs few requests, however many commits wait for their CI", async () => {
    const { kit } = await frozen();
    await onTop(kit, Array<Ci>(99).fill("in_progress"));
    kit.heard();
    await look(kit);
    expect(kit.heard().filter((one) => one.endsWith("/check-runs")).length).toBeLessThan(20);
    expect(freezeOf(kit)).not.toBeNull();
  });
});

describe("a freeze whose trunk is too long to compare", () => {
  it("is lifted by a green head", async () => {
    const { kit, waiting } = await frozen();
    await onTop(kit, ["success"]);
    expect(await look(kit, tooLong())).toBe("claimed");
    expect([freezeOf(kit), kit.run().issue.number]).toEqual([null, waiting]);
  });

  it("stands under a red one, and the order to repair is taken", async () => {
    const { kit, waiting } = await frozen();
    await onTop(kit, ["success", "failure"]);
    expect(await look(kit, tooLong())).toBe("nothing");
    expect(refused(kit, waiting)).toBe("repo_frozen");
    const repair = kit.ready("Repair");
    expect(await look(kit, tooLong())).toBe("claimed");
    expect(kit.run()).toMatchObject({ issue: { number: repair }, repairs: true });
  });
});

describe("a freeze that cannot be judged", () => {
  const UNREAD = unread("502");

  it("starts and refuses nothing that waits for its end, and is looked at again", async () => {
    const { kit, waiting } = await frozen();
    await onTop(kit, ["success"]);
    expect(await look(kit, UNREAD)).toBe("later");
    expect([kit.runs(), refused(kit, waiting)]).toEqual([[], undefined]);
    expect(await look(kit)).toBe("claimed");
  });

  it("keeps the order to repair waiting no longer", async () => {
    const { kit } = await frozen();
    const repair = kit.ready("Repair");
    expect(await look(kit, UNREAD)).toBe("claimed");
    expect(kit.run()).toMatchObject({ issue: { number: repair }, repairs: true });
  });

  it("refuses who may not order it as ever", async () => {
    const { kit } = await frozen();
    const mine = kit.scene.issue("Mine", [READY], "stranger");
    expect(await look(kit, UNREAD)).toBe("later");
    expect([kit.runs(), refused(kit, mine)]).toEqual([[], "labeller_untrusted"]);
  });
});
