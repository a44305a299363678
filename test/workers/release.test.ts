/** A run whose agent nobody can ask holds its repo until a person says that none is at work. */
import { describe, expect, it } from "vitest";
import { FOR_HUMAN, FORGES, IN_PROGRESS, openWorld as open, READY, REPO, type World } from "./world.ts";

const WHOLE_TIME_S = 600;

const say = (world: World, number: number, body: string, by = "ada") =>
  world.people.comment({ repo: REPO, number, by, body });
const rung = (world: World) => world.ntfy.messages.map(({ message }) => message).join("\n");

async function lands(world: World): Promise<void> {
  await world.ci(await world.land(world.agent.turn()), "success");
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = () => open({ AFK_RUN_MAX_SECONDS: String(WHOLE_TIME_S) }, forge);

  it("another T3 at the address of the first: told at once, and the repo is held past the end of the run", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const turn = world.agent.turn();
    world.t3.replaceBy("env-2");
    await world.later(60);
    expect(rung(world)).toContain("T3 answers as another server than the one the run began on");
    const next = world.readyIssue("Next");
    await world.later(2 * WHOLE_TIME_S);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    expect(world.threads()).toHaveLength(1);
    expect(turn.ended).toBe(false);

    turn.complete();
    say(world, issue, "/afk release");
    await world.later(10);
    expect(world.comment(issue)).toContain("Released by ada");
    expect(world.labels(next)).toContain(IN_PROGRESS);
    expect(world.threads()).toHaveLength(2);
  });

  it("released while T3 is down, the run is handed over, and the next waits for T3 alone", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    world.t3.faults.push({ match: () => true, respond: { status: 503 } });
    await world.later(60);
    say(world, issue, "/afk release");
    await world.later(120);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    expect(world.comment(issue)).toContain("Released by ada");
    const next = world.readyIssue("Next");
    await world.later(60);
    expect(world.labels(next)).toEqual([READY]);
    world.t3.faults.length = 0;
    await world.later(60);
    expect(world.labels(next)).toContain(IN_PROGRESS);
  });

  it("released with its landing green, the run is closed", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    await lands(world);
    world.t3.replaceBy("env-2");
    await world.later(60);
    say(world, issue, "/afk release");
    await world.later(120);
    expect(world.on(issue).state).toBe("closed");
    expect(world.labels(issue)).toEqual([]);
  });

  it("an agent that can be asked is not let go", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    say(world, issue, "/afk release");
    await world.later(60);
    expect(world.comment(issue)).toContain("Not released, ada");
    expect(world.labels(issue)).toContain(IN_PROGRESS);
    await lands(world);
    world.agent.turn().complete();
    await world.later(60);
    expect(world.on(issue).state).toBe("closed");
  });

  it("nothing is released where no run is in flight", async () => {
    const world = openWorld();
    const issue = world.issue();
    say(world, issue, "/afk release");
    await world.later(60);
    expect(world.comment(issue)).toContain("Nothing to release, ada");
  });
});
