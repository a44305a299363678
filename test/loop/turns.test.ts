/** A turn after its first try, and one whose try comes late: what it answers is read anew by the rules that decided it. */
import { describe, expect, test } from "vitest";
import { newProposal } from "../../lib/core/proposal.ts";
import { known } from "../../lib/core/types.ts";
import { pause, resume } from "../../lib/loop/desk.ts";
import { turnText } from "../../lib/loop/turn-texts.ts";
import { watch } from "../../lib/loop/watcher.ts";
import { aProposal, aTurn } from "../core/kit.ts";
import { Kit, READY, REPO, Troubles } from "./kit.ts";

const look = (kit: Kit) => watch(kit.loop, kit.run().id, "due", new Troubles());
const act = (kit: Kit, key: string) => kit.run().acts.find((one) => one.key === key);
const isStart = ({ body }: { body: unknown }) => JSON.stringify(body).includes("thread.turn.start");

describe("a first turn whose answer was lost", () => {
  test("is over once it was seen to start, whatever the gates say by then", async () => {
    const kit = new Kit();
    kit.ready();
    await kit.claim();
    kit.t3.faults.push({ match: isStart, respond: "effect-then-reset", times: 1 });
    await kit.perform();
    expect(kit.run().turns[0]).toMatchObject({ sentAt: expect.any(Number), acceptedAt: null });
    await look(kit);
    expect(kit.run().turns[0]?.startedTurnId).not.toBeNull();
    expect(act(kit, "turn-1")?.state).toBe("pending");
    kit.scene.later(60);
    kit.scene.github.people.edit({ repo: REPO, number: kit.run().issue.number, by: "ada", body: "Another text." });
    kit.heard();
    await kit.perform();
    expect(act(kit, "turn-1")?.state).toBe("acked");
    expect(kit.heard().filter((one) => one.startsWith("GET /issues"))).toEqual([]);
    expect(kit.t3.dispatched.turns()).toHaveLength(1);
  });
});

test("a first turn does not leave once a pause was told, though that came while its gates were read", async () => {
  const kit = new Kit();
  kit.ready();
  await kit.claim();
  const { tracker } = kit.loop;
  const { blockers } = tracker;
  tracker.blockers = async (number) => {
    pause(kit.loop, { at: kit.loop.now(), by: null, via: "api" });
    return blockers(number);
  };
  await kit.perform();
  expect(kit.t3.dispatched.turns()).toEqual([]);
  expect(kit.run().turns[0]?.sentAt).toBeNull();
  tracker.blockers = blockers;
  resume(kit.loop);
  kit.scene.later(60);
  await kit.perform();
  expect(kit.t3.dispatched.turns()).toHaveLength(1);
});

async function judge(kit: Kit, sha: string, conclusion: "success" | "failure"): Promise<void> {
  const { ci } = kit.scene.github;
  const { id } = await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
  await ci.updateWorkflowRun(REPO, id, { status: "completed", conclusion });
}

/** Ours has landed and its agent is at rest. */
async function landed(): Promise<{ kit: Kit; sha: string }> {
  const kit = new Kit();
  kit.ready();
  await kit.claim();
  await kit.perform();
  await look(kit);
  const sha = await kit.scene.push(`Steady them\n\nAFK-Run: ${kit.run().id}`);
  kit.agent.turn().complete();
  return { kit, sha };
}

/** Ours is red, and the turn that answers it is decided; T3 does not answer yet. */
async function decided(): Promise<{ kit: Kit; sha: string; mend: () => Promise<void> }> {
  const { kit, sha } = await landed();
  await judge(kit, sha, "failure");
  kit.scene.later(30);
  await look(kit);
  expect(kit.run().turns).toHaveLength(2);
  kit.t3.faults.push({ match: isStart, respond: "reset" });
  await kit.perform();
  expect(kit.run().turns[1]).toMatchObject({ purpose: "fix", sentAt: expect.any(Number), acceptedAt: null });
  const mend = async () => {
    kit.t3.faults.length = 0;
    kit.scene.later(120);
    await kit.perform();
  };
  return { kit, sha, mend };
}

describe("a turn that answers a red", () => {
  test("leaves where what is red is the commit on top of one whose CI never ends", async () => {
    const { kit, sha } = await landed();
    kit.loop.ci.required = async () => known([{ name: "never reported", app: null }]);
    await judge(kit, sha, "success");
    const later = await kit.scene.push("Break them");
    await judge(kit, later, "failure");
    kit.scene.later(30);
    await look(kit);
    await kit.perform();
    expect(kit.run()).toMatchObject({ attempts: 1, answered: [sha] });
    expect(kit.run().flaky).toBeUndefined();
    expect(kit.t3.dispatched.turns()).toHaveLength(2);
  });

  test("waits where the trunk cannot be read, for what lies on top may have mended it", async () => {
    const { kit, mend } = await decided();
    const fault = kit.scene.github.faults.add(({ path }) => path.includes("/compare/"), 502);
    await mend();
    expect(kit.t3.dispatched.turns()).toHaveLength(1);
    expect(act(kit, "turn-2")).toMatchObject({ state: "pending" });
    fault.remove();
    kit.scene.later(60);
    await kit.perform();
    expect(kit.t3.dispatched.turns()).toHaveLength(2);
  });

  test("leaves once T3 can be reached, where nothing has changed", async () => {
    const { kit, mend } = await decided();
    await mend();
    expect(kit.t3.dispatched.turns()).toHaveLength(2);
    expect(kit.run()).toMatchObject({ attempts: 1 });
  });

  test.each<[string, (kit: Kit, sha: string) => Promise<void> | void]>([
    [
      "CI runs once more",
      async (kit, sha) =>
        void (await kit.scene.github.ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" })),
    ],
    ["a person repaired the trunk", async (kit) => judge(kit, await kit.scene.push("Repair it"), "success")],
    [
      "a person took the label off",
      (kit) => kit.scene.github.people.unlabel({ repo: REPO, number: kit.run().issue.number, by: "ada", label: READY }),
    ],
    [
      "a person closed the issue",
      (kit) => kit.scene.github.people.close({ repo: REPO, number: kit.run().issue.number, by: "ada" }),
    ],
    ["the time to fix it is over", (kit) => kit.scene.later(kit.run().limits.fixMs / 1000)],
  ])("is taken back where, while T3 was away, %s", async (_, change) => {
    const { kit, sha, mend } = await decided();
    await change(kit, sha);
    await mend();
    expect(kit.t3.dispatched.turns()).toHaveLength(1);
    expect(kit.run()).toMatchObject({ attempts: 0, answered: [] });
    expect(act(kit, "turn-2")?.state).toBe("cancelled");
  });
});

test("a turn that need not leave any more is taken back once its last try is surely over, not its first", async () => {
  const { kit, sha } = await decided();
  kit.scene.later(60);
  await kit.perform();
  expect(kit.run().turns[1]?.sentAt).toBe(kit.loop.now());
  await judge(kit, sha, "success");
  kit.t3.faults.length = 0;
  const { tries } = act(kit, "turn-2") ?? {};
  kit.loop.store.transaction(() => {
    const run = kit.run();
    kit.loop.store.putRun({ ...run, acts: run.acts.map((one) => ({ ...one, dueAt: kit.loop.now() })) });
  });
  await kit.perform();
  expect(act(kit, "turn-2")).toMatchObject({ state: "pending", tries });
  kit.scene.later(kit.loop.settings.config.callMs / 1000);
  await kit.perform();
  expect(act(kit, "turn-2")?.state).toBe("cancelled");
});

describe("a turn about a pull request", () => {
  const HEAD = "b".repeat(40);
  const open = aProposal({ state: "open", head: HEAD });
  test.each([
    ["update", "open", "text", open],
    ["update", "merged by then", "moot", { ...open, state: "merged" }],
    ["update", "at another head by then", "moot", { ...open, head: "c".repeat(40) }],
    ["update", "gone", "moot", null],
    ["review", "open", "refused", open],
    ["review", "merged by then", "moot", { ...open, state: "merged" }],
    ["review", "closed by then", "moot", { ...open, state: "closed" }],
  ] as const)("%s, that is %s: %s", async (purpose, _, type, found) => {
    const kit = new Kit();
    kit.ready();
    await kit.claim();
    kit.loop.proposals.find = async () => known(found);
    kit.loop.proposals.remarks = async () => known([]);
    const run = { ...kit.run(), proposal: { ...newProposal("never"), last: open } };
    const turn = aTurn({ number: 2, purpose, sha: HEAD });
    expect(await turnText(kit.loop, run, turn)).toMatchObject({ type });
  });
});
