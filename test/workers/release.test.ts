/** A run whose agent nobody can ask holds its repo until a person says that none is at work. */
import { describe, expect, it } from "vitest";
import { briefOf, FOR_HUMAN, FORGES, IN_PROGRESS, openWorld as open, READY, REPO, type World } from "./world.ts";

const WHOLE_TIME_S = 600;

const say = (world: World, number: number, body: string, by = "ada") =>
  world.people.comment({ repo: REPO, number, by, body });
const rung = (world: World) => world.ntfy.messages.map(({ message }) => message).join("\n");

async function lands(world: World): Promise<void> {
  await world.ci(await world.land(world.agent.turn()), "success");
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string> = {}) =>
    open({ AFK_RUN_MAX_SECONDS: String(WHOLE_TIME_S), ...changed }, forge);

  it("another T3 at the address of the first: told at once, and the repo is held past the end of the run", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const turn = world.agent.turn();
    world.t3.replaceBy("env-2");
    await world.later(60);
    expect(rung(world)).toContain(`T3 answers as another server than the one on which the run of #${issue} began`);
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

  it("released before its first turn left, none leaves when T3 is back", async () => {
    // Its next try comes before the second look that ends it.
    const world = openWorld({ AFK_RUN_MAX_SECONDS: "3600", AFK_POLL_SECONDS: "150" });
    world.t3.faults.push({
      match: ({ text }) => text.includes('"thread.turn.start"'),
      respond: { status: 503 },
    });
    const issue = world.readyIssue();
    await world.later(5);
    world.t3.faults.length = 0;
    world.t3.faults.push({ match: () => true, respond: { status: 503 } });
    await world.later(160);
    say(world, issue, "/afk release");
    await world.later(5);
    world.t3.faults.length = 0;
    await world.later(600);
    expect(world.turns()).toEqual([]);
    expect(world.labels(issue)).not.toContain(IN_PROGRESS);
  });

  it("released while its pull request is open, it goes on by what is proposed, and waits for people", async () => {
    const world = openWorld({ AFK_LANDING: "pull-request", AFK_REVIEW_REMINDER_SECONDS: "60" });
    const issue = world.readyIssue();
    await world.later(2);
    const turn = world.agent.turn();
    const { branch, run } = briefOf(turn);
    const sha = await world.push("Steady them\n\nAFK-Phase: green", branch);
    const body = `Refs #${issue}\n\nAFK-Run: ${run}`;
    await world.forge.pulls.open({ repo: REPO, branch, base: "main", title: "Steady", body, by: "ada" });
    turn.complete();
    world.t3.replaceBy("env-2");
    await world.later(60);
    say(world, issue, "/afk release");
    await world.later(30);
    await world.ci(sha, "success", undefined, branch);
    await world.later(300);
    expect(world.comment(issue)).toContain("Released by ada");
    expect(world.comment(issue)).toContain("waits for a person to merge it");
    expect(world.phoneBells().join("\n")).toContain("waits for a person");
  });

  it("an agent that works is not let go, whatever of another run cannot be read", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    world.t3.faults.push({ match: ({ path }) => /turnLimit/.test(path), respond: { status: 503 } });
    await world.later(60);
    say(world, issue, "/afk release");
    await world.later(60);
    expect(world.comment(issue)).toContain("Not released, ada");
    expect(world.labels(issue)).toContain(IN_PROGRESS);
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
