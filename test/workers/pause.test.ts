/** Pausing by the operator: as the kill switch, for one repo or for all, and never a step nearer to arming. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { FORGES, KEY, openWorld as open, READY, type World } from "./world.ts";

const MARK = { at: expect.stringMatching(/^2100-/), by: "an operator", via: "api" };

async function health(world: World): Promise<unknown> {
  return (await world.get("/healthz")).body;
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);
  const SCOPES: [string, (world: World) => object][] = [
    ["its repo", (world) => ({ repo: world.key })],
    ["all repos", () => ({})],
  ];

  describe.each(SCOPES)("a pause of %s", (_scope, body) => {
    it("starts nothing, reads nothing and says nothing until it is undone", async () => {
      const world = openWorld();
      await world.ask("/api/pause", body(world));
      const issue = world.readyIssue();
      await world.later(120);
      expect(world.asked).toEqual([]);
      expect(world.labels(issue)).toEqual([READY]);
      await world.ask("/api/resume", body(world));
      await world.sweep();
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
      expect(world.comment(issue)).not.toContain("paused");
    });

    it("gives back a run whose first turn never left, and claims it anew afterwards", async () => {
      const world = openWorld();
      world.t3.faults.push({ match: ({ method }) => method === "POST", respond: { status: 503 } });
      const issue = world.readyIssue();
      await world.later(2);
      expect(world.labels(issue)).toHaveLength(2);
      await world.ask("/api/pause", body(world));
      await world.later(60);
      expect(world.labels(issue)).toEqual([READY]);
      expect(world.comment(issue)).toContain("paused by an operator since 2100-");
      world.t3.faults.length = 0;
      await world.later(600);
      expect(world.turns()).toEqual([]);
      await world.ask("/api/resume", body(world));
      await world.sweep();
      await world.later(2);
      expect(world.turns()).toHaveLength(1);
    });

    it("watches what is in flight to its end", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2);
      await world.ask("/api/pause", body(world));
      await world.ci(await world.land(world.agent.turn()), "success");
      world.agent.turn().complete();
      await world.later(60);
      expect(world.on(issue).state).toBe("closed");
    });

    it("sends no fix after a red, and hands over", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2);
      await world.ask("/api/pause", body(world));
      await world.ci(await world.land(world.agent.turn()), "failure");
      world.agent.turn().complete();
      await world.later(120);
      expect(world.turns()).toHaveLength(1);
      expect(world.comment(issue)).toContain("and the repo is paused.");
    });

    it("undone, arms nothing: the kill switch and the allowlist stand above it", async () => {
      const world = openWorld();
      await world.ask("/api/pause", body(world));
      world.readyIssue();
      await world.later(2);
      for (const shut of [
        { AFK_KILL_SWITCH: "true" },
        { AFK_KILL_SWITCH: "false", AFK_ALLOWLIST: `${forge}:octo/else` },
      ]) {
        world.set(shut);
        await world.ask("/api/resume", body(world));
        await world.sweep();
        await world.later(120);
      }
      expect(world.threads()).toEqual([]);
      expect(world.wrote()).toEqual([]);
    });
  });
});

describe("the routes", () => {
  it("are behind the board's token, and not there without one", async () => {
    const world = open();
    for (const path of ["/api/pause", "/api/resume"]) {
      expect(await world.ask(path, {}, { authorization: "Bearer wrong" })).toMatchObject({ status: 401 });
      world.set({ AFK_BOARD_TOKEN: undefined });
      expect(await world.ask(path, {})).toMatchObject({ status: 404 });
      world.set({ AFK_BOARD_TOKEN: "board-token" });
    }
    expect(await world.stored()).toEqual([]);
  });

  it.each<[number, unknown, Record<string, string>]>([
    [415, {}, { "content-type": "text/plain" }],
    [413, `{"repo":"${"x".repeat(20_000)}"}`, {}],
    [400, "", {}],
    [400, "null", {}],
    [400, "[]", {}],
    [400, "{", {}],
    [400, { repo: null }, {}],
    [400, { repo: "octo/widgets" }, {}],
    [400, { repo: "github:octo/*" }, {}],
    [400, { repo: KEY, until: "monday" }, {}],
    [404, { repo: "github:octo/gadgets" }, {}],
  ])("answer %i to %j", async (wanted, body, headers) => {
    const world = open();
    for (const path of ["/api/pause", "/api/resume"]) {
      const { status, body: answer } = await world.ask(path, body, headers);
      expect([status, answer]).toEqual([wanted, { status: "refused", reason: expect.any(String) }]);
    }
    expect(await world.stored()).toEqual([]);
    expect(await world.board("/api/pause")).toMatchObject({ status: 405 });
  });

  it("tell what is paused, and asked twice keep the first", async () => {
    const world = open();
    expect(await world.ask("/api/pause", { repo: KEY.replace("octo", "Octo") })).toEqual({
      status: 200,
      body: { paused: { all: null, repo: MARK } },
    });
    const first = await world.ask("/api/pause", { repo: KEY });
    world.nowMs += 60_000;
    expect(await world.ask("/api/pause", { repo: KEY })).toEqual(first);
    await world.later(2);
    expect(await health(world)).toMatchObject({ status: "ok", armed: true, paused: { all: false, repos: 1 } });
    expect(await world.ask("/api/pause", {})).toEqual({ status: 200, body: { paused: { all: MARK } } });
    expect(await world.ask("/api/resume", { repo: KEY })).toEqual({
      status: 200,
      body: { paused: { all: MARK, repo: null } },
    });
    await world.later(2);
    expect(await health(world)).toMatchObject({ paused: { all: true, repos: 0 } });
    expect(await world.ask("/api/resume", {})).toEqual({ status: 200, body: { paused: { all: null } } });
    expect(await world.ask("/api/resume", {})).toEqual({ status: 200, body: { paused: { all: null } } });
    expect(await health(world)).not.toHaveProperty("paused");
    expect(world.asked).toEqual([]);
  });

  it("hold through an eviction", async () => {
    const world = open();
    await world.ask("/api/pause", { repo: KEY });
    await world.ask("/api/pause", {});
    for (const stub of [() => world.ledger(), () => world.fleet()]) {
      await runInDurableObject(stub(), () => {});
      await evictDurableObject(stub());
    }
    expect(await world.ask("/api/pause", {})).toMatchObject({ body: { paused: { all: MARK } } });
    const issue = world.readyIssue();
    await world.later(2);
    await world.ask("/api/resume", {});
    await world.later(2);
    expect(world.labels(issue)).toEqual([READY]);
    expect(world.asked).toEqual([]);
  });
});
