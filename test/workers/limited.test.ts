/** A forge that limits us is left alone: by the ledger that heard it, and by the sweep. One that swallows what it is asked holds no sweep for long. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { FORGES, openWorld, REPO } from "./world.ts";

const IDLE = { inFlight: [], frozen: false, actsPending: 0, oldestActAt: null };

const limited = (seconds: number) => () =>
  Response.json({ message: "Too many requests" }, { status: 429, headers: { "retry-after": String(seconds) } });

describe.each(FORGES)("on %s", (forge) => {
  it("nothing is asked until its time is over, and then the run goes on", async () => {
    const world = openWorld({}, forge);
    const issue = world.readyIssue();
    await world.later(2);
    const { origin } = new URL(forge === "github" ? "https://api.github.test" : "https://forgejo.test");
    const toForge = () => world.asked.splice(0).filter((one) => one.includes(origin));
    const fault = world.forge.faults.add(() => true, limited(120));
    await world.later(60);
    expect(fault.hits).toBeGreaterThan(0);
    const hits = fault.hits;
    toForge();
    await evictDurableObject(world.ledger());
    await world.later(50);
    expect(toForge()).toEqual([]);
    expect(fault.hits).toBe(hits);
    fault.remove();
    await world.later(30);
    const sha = await world.land(world.agent.turn());
    world.agent.turn().complete();
    await world.ci(sha, "success");
    await world.later(31);
    expect(world.on(issue).state).toBe("closed");
  });

  it("a sweep that is limited asks for no further repo, nor does the next one", async () => {
    const names = ["octo/one", "octo/two", "octo/three"];
    const world = openWorld({ AFK_ALLOWLIST: names.map((name) => `${forge}:${name}`).join(",") }, forge);
    for (const name of names) world.people.addRepo({ name });
    const fault = world.forge.faults.add(({ path }) => path.includes("/repos/"), limited(90));
    await world.sweep();
    expect(fault.hits).toBe(1);
    fault.remove();
    await evictDurableObject(world.fleet());
    // What another repo of the same forge is told meanwhile lifts nothing.
    const quota = { quota: { remaining: 4000, resetAt: world.nowMs }, limitedUntil: null };
    await world.fleet().report(`${forge}:octo/four`, { ...IDLE }, forge, quota, null);
    world.nowMs += 60_000;
    world.asked.length = 0;
    await world.sweep();
    expect(world.asked.filter((one) => one.includes("/repos/"))).toEqual([]);
    world.nowMs += 60_000;
    await world.sweep();
    expect(world.asked.filter((one) => one.includes("/repos/")).length).toBeGreaterThanOrEqual(3);
  });

  it("repos that swallow what they are asked hold no sweep for long, and none that stands behind them", async () => {
    const dead = Array.from({ length: 10 }, (_, index) => `octo/dead-${index}`);
    const world = openWorld({ AFK_ALLOWLIST: [...dead, REPO].map((name) => `${forge}:${name}`).join(",") }, forge);
    world.readyIssue();
    world.losesDeliveries = true;
    const swallows = () => {
      world.nowMs += 10_000;
      throw new Error("no answer within 10 s");
    };
    world.forge.faults.add(({ path }) => path.includes("/dead-"), swallows);
    const version = world.forge.faults.add(({ path }) => path.endsWith("/version"), swallows);
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      const startedAt = world.nowMs;
      const { hits } = version;
      expect(await world.alarmAt()).toBeNull();
      await world.sweep();
      expect(world.nowMs - startedAt).toBeLessThan(60_000);
      expect(version.hits - hits).toBe(forge === "forgejo" ? 1 : 0);
    }
    expect(await world.alarmAt()).not.toBeNull();
  });
});

it("a sweep whose time is over before it reads looks at one repo all the same", async () => {
  const world = openWorld();
  world.readyIssue();
  world.losesDeliveries = true;
  const isTokens = ({ path }: { path: string }) => !path.includes("/repos/");
  const slow = world.forge.faults.add(isTokens, (_request, serve) => {
    world.nowMs += 60_000;
    return serve();
  });
  await world.sweep();
  expect(slow.hits).toBe(1);
  expect(await world.alarmAt()).not.toBeNull();
});
