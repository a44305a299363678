/** A ledger that was lost or is older than the world finds on the forge what it does not know, and starts no second agent. */
import { describe, expect, it } from "vitest";
import { startReady } from "../../lib/loop/poller.ts";
import { Kit, READY, REPO, Troubles } from "./kit.ts";

const IN_PROGRESS = "agent-in-progress";
const look = (kit: Kit) => startReady(kit.loop, new Troubles());
const refusal = (kit: Kit, number: number) => kit.loop.store.issue(number)?.refusal;
const unlabel = (kit: Kit, number: number, label: string) =>
  kit.scene.github.people.unlabel({ repo: REPO, number, by: "ada", label });

/** An issue whose agent is at work. */
async function atWork(kit: Kit): Promise<number> {
  const number = kit.ready("One");
  await kit.claim();
  await kit.perform();
  expect(kit.t3.dispatched.turns()).toHaveLength(1);
  return number;
}

describe("a ledger that was lost", () => {
  it("starts nothing beside the agent that still works, until a person takes the label off", async () => {
    const kit = new Kit();
    const first = await atWork(kit);
    kit.ledger.entries.clear();
    const second = kit.ready("Two");
    expect(await look(kit)).toBe("nothing");
    expect(refusal(kit, first)?.code).toBe("already_ran");
    expect(refusal(kit, second)).toMatchObject({
      code: "held_elsewhere",
      reason: `"${IN_PROGRESS}" is on #${first}, but no run of this loop holds that issue`,
    });
    unlabel(kit, first, IN_PROGRESS);
    await kit.claim();
    expect(kit.run().issue.number).toBe(second);
  });

  it("reads the list of issues in progress once a look", async () => {
    const kit = new Kit();
    await atWork(kit);
    kit.ledger.entries.clear();
    for (const title of ["Two", "Three", "Four"]) kit.ready(title);
    kit.heard();
    await look(kit);
    expect(kit.heard().filter((one) => one === "GET /issues")).toHaveLength(2);
  });

  it("does not start while it cannot read them", async () => {
    const kit = new Kit();
    await atWork(kit);
    kit.ledger.entries.clear();
    kit.ready("Two");
    kit.scene.github.faults.add(
      ({ path, query }) => path.endsWith("/issues") && query.get("labels") === IN_PROGRESS,
      500,
    );
    expect(await look(kit)).toBe("later");
    expect(kit.runs()).toEqual([]);
  });
});

describe("a ledger restored from an older copy", () => {
  it("finds in our comment that a label event it knows nothing of was run", async () => {
    const kit = new Kit();
    const number = kit.scene.issue("One");
    const blocker = kit.scene.issue("First this");
    kit.scene.github.people.addBlockedBy({ repo: REPO, number, by: "ada", blocker: { repo: REPO, number: blocker } });
    kit.scene.later(60);
    kit.scene.github.people.label({ repo: REPO, number, by: "ada", label: READY });
    await look(kit);
    expect(refusal(kit, number)?.code).toBe("blocked");
    const copy = new Map(kit.ledger.entries);

    kit.scene.github.people.close({ repo: REPO, number: blocker, by: "ada" });
    await kit.claim();
    await kit.perform();
    kit.ledger.entries = copy;
    unlabel(kit, number, IN_PROGRESS);
    expect(await look(kit)).toBe("nothing");
    expect(refusal(kit, number)?.code).toBe("already_ran");
    expect(kit.runs()).toEqual([]);
  });
});

describe("a second deployment", () => {
  it("that took another issue at the same moment is seen before the first turn: the claim is given back", async () => {
    const kit = new Kit();
    const number = kit.ready("One");
    const other = kit.scene.issue("Two");
    await kit.claim();
    kit.scene.github.people.label({ repo: REPO, number: other, by: "ada", label: IN_PROGRESS });
    await kit.perform();
    expect(kit.t3.dispatched.turns()).toEqual([]);
    expect(kit.run().gateRefusal).toContain(`is on #${other}, but no run of this loop`);
    expect(kit.scene.github.issues(REPO).find((one) => one.number === number)?.labels).toContain(READY);
  });
});

describe("a label that our own run could not take off", () => {
  it("holds its issue, and not the repo", async () => {
    const kit = new Kit();
    const first = await atWork(kit);
    const run = kit.run();
    const [end] = run.acts.filter((one) => one.key === "stamp");
    if (!end) throw new Error("no stamp");
    const refused = {
      ...end,
      key: "end-unstamp",
      deed: { type: "remove_label", label: "inProgress" },
      state: "refused",
    };
    const over = { ...run, settledAt: kit.scene.nowMs, acts: [refused] };
    kit.ledger.put(`run:${run.id}`, over);
    kit.loop.store.putRepo({ ...kit.loop.store.repo(), active: [] });
    const second = kit.ready("Two");
    await kit.claim();
    expect(kit.run().issue.number).toBe(second);
    expect(refusal(kit, first)).not.toBeNull();
  });
});
