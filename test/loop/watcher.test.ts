import { describe, expect, it } from "vitest";
import { newProposal } from "../../lib/core/proposal.ts";
import { tooLong } from "../../lib/core/types.ts";
import { type Watched, watch } from "../../lib/loop/watcher.ts";
import { Kit, REPO, Troubles } from "./kit.ts";

const look = (kit: Kit, wake: "woken" | "due" = "due"): Promise<Watched> =>
  watch(kit.loop, kit.run().id, wake, new Troubles());

/** A run whose agent is at work and has been seen at it. */
async function atWork(settings: Record<string, string> = {}): Promise<Kit> {
  const kit = new Kit(settings);
  kit.ready();
  await kit.claim();
  await kit.perform();
  await look(kit);
  expect(kit.run().turns[0]?.startedTurnId).not.toBeNull();
  kit.scene.later(30);
  kit.heard();
  return kit;
}

const land = (kit: Kit) => kit.scene.push(`Steady them\n\nAFK-Run: ${kit.run().id}`);

async function end(kit: Kit, sha: string, conclusion: "success" | "failure"): Promise<void> {
  const { ci } = kit.scene.github;
  const run = await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
  await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion });
}

/** Forge reads of one look. */
const reads = (kit: Kit) => kit.heard().filter((one) => !one.includes("/t3/") && !one.includes("/orchestration/"));

describe("the watcher", () => {
  it("reads issue and thread before the trunk", async () => {
    const kit = await atWork();
    expect(await look(kit)).toBe("waiting");
    const heard = kit.heard();
    const at = (part: string) => heard.findIndex((one) => one.includes(part));
    expect(at("/compare/")).toBe(heard.length - 1);
    expect(at("/issues/1")).toBeGreaterThanOrEqual(0);
    expect(at("/orchestration/")).toBeGreaterThanOrEqual(0);
    expect(at("/issues/1")).toBeLessThan(at("/compare/"));
    expect(at("/orchestration/")).toBeLessThan(at("/compare/"));
  });

  it("asks the forge twice a look before the push", async () => {
    const kit = await atWork();
    expect(await look(kit)).toBe("waiting");
    expect(reads(kit)).toEqual(["GET /issues/1", `GET /compare/${kit.scene.base}...main`]);
  });

  it("at most four times after it, while CI is pending", async () => {
    const kit = await atWork();
    const sha = await land(kit);
    kit.agent.turn().complete();
    await kit.scene.github.ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
    await look(kit);
    kit.scene.later(30);
    kit.heard();
    expect(await look(kit)).toBe("waiting");
    expect(kit.run().seen.verdict).toBe("pending");
    expect(reads(kit).length).toBeLessThanOrEqual(4);
  });

  it("waits for a repo that another run has no longer than its own time", async () => {
    const kit = await atWork();
    const sha = await land(kit);
    kit.agent.turn().complete();
    await end(kit, sha, "failure");
    const { fleet, now, store } = kit.loop;
    fleet.retake = async () => ({ granted: false, reason: "1 of 1 runs are in flight" });
    // As after it waited for people, who merged it.
    const run = { ...kit.run(), proposal: { ...newProposal("never"), holdsRepo: false } };
    store.transaction(() => store.putRun(run));
    kit.scene.later((run.startedAt + run.limits.runMs - now()) / 1000 - 10);
    expect(await look(kit)).toBe("waiting");
    expect(kit.run().proposal?.wantsRepo).toBe(true);
    expect(kit.run().nextLookAt - now()).toBe(10_000);
  });

  it("ends no run without what its end tells, at whatever moment of the look its time is over", async () => {
    const ends: (string | undefined)[] = [];
    for (let leftMs = 0; leftMs < 10; leftMs++) {
      const kit = await atWork();
      await end(kit, await land(kit), "failure");
      await look(kit);
      const { startedAt, limits } = kit.run();
      let now = startedAt + limits.runMs - leftMs;
      await watch({ ...kit.loop, now: () => now++ }, kit.run().id, "due", new Troubles());
      const { freeze } = kit.loop.store.repo();
      ends.push(kit.run().outcome?.type);
      if (freeze !== null) expect(freeze.undo, `${leftMs} ms before its end`).toMatch(/git revert/);
    }
    expect(new Set(ends)).toEqual(new Set(["frozen", undefined]));
  });

  it("notes the text it reads where a pin needs sights: the issue may be labelled anew under way", async () => {
    const kit = await atWork();
    const tracker = { ...kit.loop.tracker, pin: { type: "sightings" as const } };
    const on = { repo: REPO, number: 1, by: "ada", label: kit.loop.settings.config.labels.ready };
    kit.scene.github.people.unlabel(on);
    await watch({ ...kit.loop, tracker }, kit.run().id, "due", new Troubles());
    expect(kit.loop.store.sightings(1)).toEqual([]);
    kit.scene.github.people.label(on);
    kit.scene.later(30);
    await watch({ ...kit.loop, tracker }, kit.run().id, "due", new Troubles());
    expect(kit.loop.store.sightings(1)).toHaveLength(1);
  });

  it("is troubled by a trunk that is too long to compare only where no pull request tells enough", async () => {
    const kit = await atWork({ AFK_LANDING: "pull-request" });
    const long = { ...kit.loop, tracker: { ...kit.loop.tracker, compare: async () => tooLong() } };
    const troubled = async () => {
      const troubles = new Troubles();
      await watch(long, kit.run().id, "due", troubles);
      return "forge" in troubles.store(kit.loop, kit.loop.store.repo()).troubles;
    };
    expect(await troubled()).toBe(true);
    const { branch } = kit.run();
    await kit.scene.push("Steady them", { branch });
    await kit.scene.github.pulls.open({ repo: REPO, branch, base: "main", by: "ada", title: "Steady", body: "" });
    expect(await troubled()).toBe(false);
  });

  it("decides nothing on a ledger that changed while it looked", async () => {
    const kit = await atWork();
    kit.agent.turn().fail("The provider is gone.");
    kit.scene.github.faults.add(
      ({ path }) => path.includes("/compare/"),
      (_request, serve) => {
        const repo = kit.loop.store.repo();
        kit.loop.store.putRepo({ ...repo, version: repo.version + 1 });
        return serve();
      },
      1,
    );
    const before = JSON.stringify(kit.run());
    expect(await look(kit)).toBe("stale");
    expect(JSON.stringify(kit.run())).toBe(before);
    expect(await look(kit)).toBe("waiting");
    expect(kit.run().looks.atRest).toBe(kit.scene.nowMs);
  });

  it.each([
    ["the issue", /\/issues\/1$/],
    ["the trunk", /\/compare\//],
    ["anything", /./],
  ])("cannot read %s: it waits, and ends nothing, for the run's whole time", async (_what, path) => {
    const kit = await atWork();
    kit.agent.turn().complete();
    kit.scene.github.faults.add((request) => path.test(request.path), 500);
    if (path.source === ".") kit.t3.faults.push({ match: () => true, respond: { status: 503 } });
    if (path.source.includes("issues")) await end(kit, await land(kit), "failure");
    for (let looks = 0; looks < 20; looks++) {
      expect(await look(kit)).toBe("waiting");
      kit.scene.later(30);
    }
    expect(kit.run()).toMatchObject({ outcome: null, attempts: 0, turns: [{ number: 1 }] });
    kit.scene.later(14_400);
    expect(await look(kit)).toBe("acted");
    expect(kit.run().outcome?.reason.code).toBe("time_over");
  });

  it("ends at rest with nothing pushed only at the second look, a poll later", async () => {
    const kit = await atWork();
    kit.agent.turn().complete();
    expect(await look(kit)).toBe("waiting");
    kit.scene.later(29);
    expect(await look(kit)).toBe("waiting");
    kit.scene.later(1);
    expect(await look(kit)).toBe("acted");
    expect(kit.run().outcome).toMatchObject({ type: "escalated", reason: { code: "nothing_pushed" } });
  });

  it("a push seen at the second look goes on as pushed", async () => {
    const kit = await atWork();
    kit.agent.turn().complete();
    await look(kit);
    kit.scene.later(30);
    const sha = await land(kit);
    expect(await look(kit)).toBe("waiting");
    expect(kit.run()).toMatchObject({ outcome: null, commits: [sha] });
  });

  it("stores what it decides, and performs nothing", async () => {
    const kit = await atWork();
    const sha = await land(kit);
    kit.agent.turn().complete();
    await end(kit, sha, "failure");
    expect(await look(kit)).toBe("acted");
    expect(kit.run()).toMatchObject({
      attempts: 1,
      answered: [sha],
      turns: [{}, { purpose: "fix", sha, sentAt: null }],
    });
    expect(kit.run().acts.at(-1)).toMatchObject({ key: "turn-2", state: "pending" });
    expect(kit.heard().filter((one) => !one.startsWith("GET"))).toEqual([]);
    expect(kit.ledger.alarmAt).toBeLessThanOrEqual(kit.scene.nowMs);
  });

  it("reads the agent's branch when a webhook woke it, and the phases it shows", async () => {
    const kit = await atWork();
    await kit.scene.push("Test it\n\nAFK-Phase: tests-red", { branch: kit.run().branch });
    expect(await look(kit)).toBe("waiting");
    expect(kit.run().claimed).toEqual({});
    expect(await look(kit, "woken")).toBe("waiting");
    expect(Object.keys(kit.run().claimed)).toEqual(["worktree", "tests_red"]);
  });

  it("settles a run when its acts are over, and not before", async () => {
    const kit = await atWork();
    kit.agent.turn().complete();
    await look(kit);
    kit.scene.later(30);
    await look(kit);
    expect(await look(kit)).toBe("waiting");
    expect(kit.run().settledAt).toBeNull();
    await kit.perform();
    expect(await look(kit)).toBe("acted");
    expect(kit.run().settledAt).toBe(kit.scene.nowMs);
    const stored = kit.stored();
    expect(await look(kit)).toBe("waiting");
    expect(kit.stored()).toBe(stored);
  });

  it("writes one hand-over, though it died between writing and noting it", async () => {
    const kit = await atWork();
    kit.agent.turn().complete();
    await look(kit);
    kit.scene.later(30);
    await look(kit);
    const before = structuredClone(kit.ledger.entries);
    await kit.perform();
    kit.ledger.entries = before;
    await kit.perform();
    const bodies = kit.scene.github.state.repos[0]?.issues[0]?.comments.map(({ body }) => body) ?? [];
    expect(bodies.filter((body) => body.startsWith("<!-- afk-hand-over:"))).toHaveLength(1);
    expect(bodies).toHaveLength(2);
  });
});
