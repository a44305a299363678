/** A forge that limits us is left alone: by the ledger that heard it, and by the sweep. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { FORGES, openWorld } from "./world.ts";

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
    const quota = { quota: { remaining: 4000, resetAtIso: new Date(world.nowMs).toISOString() }, limitedUntil: null };
    await world.fleet().report(`${forge}:octo/four`, { ...IDLE }, forge, quota, null);
    world.nowMs += 60_000;
    world.asked.length = 0;
    await world.sweep();
    expect(world.asked.filter((one) => one.includes("/repos/"))).toEqual([]);
    world.nowMs += 60_000;
    await world.sweep();
    expect(world.asked.filter((one) => one.includes("/repos/")).length).toBeGreaterThanOrEqual(3);
  });
});
