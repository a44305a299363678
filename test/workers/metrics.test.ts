/** What Prometheus reads of a loop: the counters move once for each thing that happens, and outlive whoever counted it. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { Fleet } from "../../functions/fleet.ts";
import { readExposition } from "../exposition.ts";
import { openWorld, type World } from "./world.ts";

/** `name{label="value"}` -> value. */
async function read(world: World): Promise<Record<string, number>> {
  const { text } = await world.scrape();
  const samples = [...readExposition(text).values()].flatMap((family) => family.samples);
  const labels = (of: Record<string, string>) => Object.entries(of).map(([name, value]) => `${name}="${value}"`);
  return Object.fromEntries(samples.map((one) => [`${one.name}{${labels(one.labels).join(",")}}`, one.value]));
}

/** Everything but one: a red, an attempt, a green. */
async function mended(world: World): Promise<number> {
  const issue = world.readyIssue();
  await world.later(2);
  await world.ci(await world.land(world.agent.turn()), "failure");
  world.agent.turn().complete();
  await world.later(60);
  await world.ci(await world.landOnly(world.agent.turn(), "Steady them more"), "success");
  world.agent.turn().complete();
  await world.later(60);
  expect(world.on(issue).state).toBe("closed");
  return issue;
}

describe("/metrics", () => {
  it("needs the board's token, and is not there where none is set", async () => {
    const world = openWorld();
    expect((await world.scrape(null)).status).toBe(401);
    expect((await world.scrape("wrong")).status).toBe(401);
    expect(await world.scrape()).toMatchObject({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8" });
    world.set({ AFK_BOARD_TOKEN: undefined });
    expect((await world.scrape()).status).toBe(404);
  });

  it.each([
    ["n armed", "false", 1],
    [" disarmed", "true", 0],
  ])("of a%s loop that saw nothing asks nobody and writes nothing", async (_how, killSwitch, armed) => {
    const world = openWorld({ AFK_KILL_SWITCH: killSwitch });
    if (armed === 0) await world.sweep();
    const { text } = await world.scrape();
    expect(text).toContain(`\nafk_armed ${armed}\n`);
    expect(text).toContain('\nafk_runs_total{outcome="closed"} 0\n');
    expect(world.asked).toEqual([]);
    expect(await world.stored()).toEqual([]);
  });

  it("counts a run, its attempt, its phases and its calls, each once, and never a name", async () => {
    const world = openWorld();
    await world.sweep();
    await mended(world);
    const asked = (system: string) => world.asked.filter((one) => one.includes(system)).length;
    const before = await world.stored();
    const calls = world.asked.length;
    const seen = await read(world);
    expect(seen).toMatchObject({
      'afk_runs_total{outcome="closed"}': 1,
      'afk_runs_total{outcome="escalated"}': 0,
      "afk_fix_forward_attempts_total{}": 1,
      "afk_label_to_start_seconds_count{}": 1,
      'afk_label_to_start_seconds_bucket{le="5"}': 1,
      'afk_phase_seconds_count{phase="pushed"}': 1,
      'afk_phase_seconds_count{phase="ci"}': 1,
      'afk_phase_seconds_count{phase="deployed"}': 0,
      'afk_phase_seconds_count{phase="done"}': 1,
      'afk_outbound_calls_total{system="slack",result="ok"}': asked("slack.test"),
      'afk_outbound_calls_total{system="ntfy",result="ok"}': asked("ntfy.test"),
      'afk_outbound_calls_total{system="executor",result="ok"}': asked("t3.test"),
      "afk_runs_in_flight{}": 0,
      "afk_acts_pending{}": 0,
      "afk_executor_reachable{}": 1,
      "afk_sweep_seconds_count{}": 1,
    });
    const forge = Object.entries(seen).filter(([name]) => name.includes('system="github"'));
    expect(forge.reduce((total, [, times]) => total + times, 0)).toBe(asked("api.github.test"));
    expect(seen['afk_forge_quota_remaining{forge="github"}']).toBeGreaterThan(0);
    expect(JSON.stringify(seen)).not.toMatch(/octo|widgets/);
    expect([world.asked.length, await world.stored()], "a scrape changes nothing").toEqual([calls, before]);
  });

  it("counts a refusal when an issue is refused, and not at every look", async () => {
    const world = openWorld();
    const blocker = world.issue("Legs");
    world.readyIssue("Wobbles", { body: `Blocked by #${blocker}` });
    for (let minute = 0; minute < 3; minute++) {
      await world.later(60);
      await world.sweep();
    }
    expect(world.refusals()).toContain("blocked");
    expect(await read(world)).toMatchObject({ 'afk_refusals_total{code="blocked"}': 1 });
  });

  it.each<["before" | "after", number]>([
    ["before", 0],
    ["after", 1],
  ])(
    "a report whose answer is lost %s it was stored is counted %i times, and never sent again",
    async (when, times) => {
      const world = openWorld();
      world.forgiven.push(/the answer is lost/);
      const issue = world.readyIssue();
      await world.later(2);
      await world.ci(await world.land(world.agent.turn()), "success");
      world.agent.turn().complete();
      const { report } = Fleet.prototype;
      vi.spyOn(Fleet.prototype, "report").mockImplementation(async function (this: Fleet, ...told) {
        const settles = told[4]?.runs.closed === 1;
        if (!settles || when === "after") await report.apply(this, told);
        if (settles) throw new Error("the answer is lost");
      });
      await world.later(60);
      await world.sweep();
      await world.later(60);
      expect(world.on(issue).state).toBe("closed");
      expect(world.log.some((line) => line.msg.includes("the answer is lost"))).toBe(true);
      expect(await read(world)).toMatchObject({ 'afk_runs_total{outcome="closed"}': times });
    },
  );

  // Last: what was evicted keeps its storage through the reset at a story's end.
  it("outlives the fleet's memory, and a quiet sweep moves the sweep's counters alone", async () => {
    const world = openWorld();
    await mended(world);
    const before = await read(world);
    await evictDurableObject(world.fleet());
    const { "afk_executor_reachable{}": _one, ...kept } = before;
    expect(await read(world)).toMatchObject(kept);
    await world.sweep();
    const after = await read(world);
    expect(after["afk_sweep_seconds_count{}"]).toBe((before["afk_sweep_seconds_count{}"] ?? 0) + 1);
    for (const name of Object.keys(before).filter((one) => one.startsWith("afk_runs") || one.startsWith("afk_phase")))
      expect(after[name], name).toBe(before[name]);
  });
});
