/** The platform's smallest plan lets an invocation make fifty requests and throws at the next, as the world does: nobody meets that. */
import { describe, expect, it } from "vitest";
import { FORGES, IN_PROGRESS, openWorld, REPO, type World } from "./world.ts";

function nobodyIsCalled(world: World): void {
  expect(world.phoneBells()).toEqual([]);
  expect(world.log.filter(({ level }) => level === "error")).toEqual([]);
}

describe.each(FORGES)("fifty requests an invocation, on %s", (forge) => {
  /** That many issues with the ready label, each blocked by an open one. */
  function blocked(world: World, count: number): void {
    const blocker = world.issue("Blocker");
    for (let n = 0; n < count; n++) world.readyIssue(`Blocked ${n}`, { body: `Blocked by #${blocker}` });
  }

  it("starts the one that is ready behind eight that are blocked", async () => {
    const world = openWorld({}, forge);
    blocked(world, 8);
    const free = world.readyIssue("Free");
    await world.later(2);
    expect(world.turns()).toHaveLength(1);
    expect(world.labels(free)).toContain(IN_PROGRESS);
    nobodyIsCalled(world);
  });

  it("asks no more than ten of many for each wake-up, and comes to the one that is ready behind them", async () => {
    const world = openWorld({}, forge);
    world.losesDeliveries = true;
    blocked(world, 40);
    await world.deliver();
    const requests: number[] = [];
    for (let minute = 0; minute < 6; minute++) {
      const before = world.asked.length;
      await world.sweep();
      await world.later(60);
      requests.push(world.asked.length - before);
    }
    // Once each of them stands refused a look a minute is all there is: of ten, in two or three invocations.
    expect(Math.max(...requests.slice(3))).toBeLessThan(120);
    const free = world.readyIssue("Free");
    await world.sweep();
    await world.later(60);
    expect(world.labels(free)).toContain(IN_PROGRESS);
    nobodyIsCalled(world);
  });

  it("starts what names twenty blockers that are all closed", async () => {
    const world = openWorld({}, forge);
    const blockers = Array.from({ length: 20 }, (_, n) => world.issue(`Closed ${n}`));
    for (const blocker of blockers) world.close(blocker);
    blocked(world, 3);
    const free = world.readyIssue("Free", { body: `Blocked by ${blockers.map((number) => `#${number}`).join(", ")}` });
    await world.later(2);
    expect(world.turns()).toHaveLength(1);
    expect(world.labels(free)).toContain(IN_PROGRESS);
    nobodyIsCalled(world);
  });

  it("answers forty comments that ask for something, and starts what is ready", async () => {
    const world = openWorld({}, forge);
    const issue = world.issue();
    for (let n = 0; n < 40; n++)
      world.people.comment({ repo: REPO, number: issue, by: "ada", body: n % 2 ? "/afk why" : "/afk resume" });
    world.readyIssue();
    await world.later(2);
    expect(world.log.filter(({ code }) => code === "command")).toHaveLength(40);
    expect(world.turns()).toHaveLength(1);
    nobodyIsCalled(world);
  });
});
