/** Runs that end without landing green, and what is left for people. */
import { describe, expect, it } from "vitest";
import { FOR_HUMAN, FORGES, IN_PROGRESS, openWorld as open, READY, REPO, type World } from "./world.ts";

function handOvers(world: World, issue: number): string[] {
  return world.comments(issue).filter((body) => body.startsWith("<!-- afk-hand-over:"));
}

/** Handed over: the labels, the mention, the bells, and the issue left open. */
function expectHandedOver(world: World, issue: number, why: string): void {
  expect(world.on(issue).state).toBe("open");
  expect(world.labels(issue)).toEqual([FOR_HUMAN]);
  expect(world.comment(issue)).toContain(why);
  expect(handOvers(world, issue)).toHaveLength(1);
  expect(handOvers(world, issue)[0]).toContain(`@ada Handed over`);
  expect(handOvers(world, issue)[0]).toContain(why);
  expect(world.bells().filter((bell) => bell.includes("Handed over"))).toHaveLength(1);
  expect(world.phoneBells().filter((bell) => bell.includes("Handed over"))).toHaveLength(1);
  expect(world.phoneBells().find((bell) => bell.includes("Handed over"))).toContain(why);
}

async function outcomes(world: World): Promise<unknown> {
  const { body } = await world.board(`/api/runs?repo=${world.key}`);
  return (body as { runs: { state: string; outcome: string }[] }).runs.map(
    ({ state, outcome }) => `${state} ${outcome}`,
  );
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);

  it("closed, though it was reopened before its labelling and cannot be read as its end is decided", async () => {
    const world = openWorld();
    const number = world.issue("Wobbles again");
    const on = { repo: REPO, number, by: "ada" };
    world.people.close(on);
    world.nowMs += 60_000;
    world.people.reopen(on);
    world.nowMs += 60_000;
    world.label(number);
    await world.later(2);
    const sha = await world.land(world.agent.turn());
    world.agent.turn().complete();
    const unread = world.forge.faults.add(
      ({ method, path }) => method === "GET" && path.endsWith(`/issues/${number}`),
      502,
    );
    await world.ci(sha, "success");
    await world.later(20);
    expect(world.on(number).state).toBe("open");
    unread.remove();
    await world.later(300);
    expect(world.on(number).state).toBe("closed");
    expect(await outcomes(world)).toEqual(["settled closed"]);
  });

  describe("handed over", () => {
    it("when the agent ends without landing anything, at the second look", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      world.agent.turn().complete("I could not.");
      await world.later(31);
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      await world.later(31);
      expectHandedOver(world, issue, "the agent ended without landing anything (I could not.).");
      expect(await outcomes(world)).toEqual(["settled escalated"]);
    });

    it("labelled again it is tried again, in the same comment, under a new run", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      world.agent.turn().complete();
      await world.later(62);
      world.label(issue);
      await world.later(2);
      expect(world.threads()).toHaveLength(2);
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      expect(world.comment(issue)).toContain("Earlier runs");
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "success");
      await world.later(31);
      expect(world.on(issue).state).toBe("closed");
      expect(world.labels(issue)).toEqual([]);
      expect(world.boards()).toHaveLength(2);
    });

    it("when its turn is accepted and never starts, and the thread is deleted first", async () => {
      const world = openWorld();
      world.t3.setWedged(true);
      const issue = await world.atWork();
      await world.later(360);
      expectHandedOver(world, issue, "the agent's turn was accepted but never started.");
      expect(world.commands()).toContain("thread.delete");
    });

    it("when the agent falls silent, and it is stopped first", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      await world.later(1900);
      expectHandedOver(world, issue, "the agent fell silent.");
      expect(world.agent.turn().interrupts).toBe(1);
      expect(world.t3.dispatched.atWork()).toEqual([]);
      expect(world.commands()).not.toContain("thread.delete");
    });

    it("an agent that will not stop keeps the repo busy until it rests", async () => {
      const world = openWorld();
      world.agent.obeysInterrupts = false;
      const issue = await world.atWork();
      await world.later(1900);
      const next = world.readyIssue("The next");
      await world.later(400);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
      expect(world.threads()).toHaveLength(1);
      world.agent.turn().complete();
      await world.later(62);
      expect(world.threads()).toHaveLength(2);
      expect(world.labels(next)).toContain(IN_PROGRESS);
    });

    it.each([422, 410])("when the forge refuses the in-progress label with %i", async (status) => {
      const world = openWorld();
      const issue = world.readyIssue();
      world.forge.faults.add(
        ({ method, path, body }) =>
          method === "POST" && path.endsWith("/labels") && JSON.stringify(body).includes(IN_PROGRESS),
        status,
      );
      await world.later(5);
      expectHandedOver(world, issue, "the forge refused the in-progress label");
      expect(world.comment(issue)).toContain(String(status));
      expect(world.threads()).toEqual([]);
    });

    it("a token without the right to label is told at once and tried on", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      const fault = world.forge.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 403);
      await world.later(3);
      expect(world.phoneBells()).toHaveLength(1);
      expect(world.phoneBells()[0]).toContain("forge needs a human");
      expect(world.threads()).toEqual([]);
      fault.remove();
      await world.later(120);
      expect(world.threads()).toHaveLength(1);
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      expect(world.phoneBells()).toHaveLength(1);
    });

    it("when no CI ran on what it landed", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.later(340);
      expectHandedOver(world, issue, "no CI ran on the landed commit");
    });
  });

  describe("frozen", () => {
    it("red after the last attempt freezes the repo: the next is refused until the trunk is repaired", async () => {
      const world = openWorld({ AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" });
      const issue = await world.atWork();
      const [first] = world.agent.turns;
      if (!first) throw new Error("no first turn");
      const waiting = world.readyIssue("The next");
      await world.ci(await world.land(first), "failure");
      first.complete();
      await world.later(2);
      expect(world.turns()).toHaveLength(2);
      await world.ci(await world.landOnly(first, "Try again"), "failure");
      world.agent.turn().complete();
      await world.later(5);
      expect(world.turns()).toHaveLength(2);
      expectHandedOver(world, issue, `CI is red (${world.job}) and the attempts are used up.`);
      expect(world.comment(issue)).toContain("nothing else starts in this repo until the trunk is green");

      await world.later(60);
      expect(world.threads()).toHaveLength(1);
      expect(world.labels(waiting)).toEqual([READY]);
      expect(world.comment(waiting)).toContain(`frozen since #${issue}`);
      expect(world.refusals()).toContain("repo_frozen");
      expect((await world.get("/healthz")).body).toMatchObject({ runs: { in_flight: 0, frozen_repos: 1 } });

      await world.ci(await world.push("Repair by hand"), "success");
      await world.later(5);
      expect(world.threads()).toHaveLength(2);
      expect(world.labels(waiting)).toContain(IN_PROGRESS);
      expect(world.comment(waiting)).not.toContain("frozen");
      expect((await world.get("/healthz")).body).toMatchObject({ runs: { in_flight: 1, frozen_repos: 0 } });
    });

    it("when the executor refuses the turn that would mend it, in the executor's words", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      await world.ci(await world.land(world.agent.turn()), "failure");
      world.t3.faults.push({
        match: ({ method, path }) => method === "POST" && path.endsWith("/dispatch"),
        respond: { status: 400 },
      });
      world.agent.turn().complete();
      await world.later(120);
      expect(world.turns()).toHaveLength(1);
      expectHandedOver(world, issue, "the executor refused the turn (T3 did not accept the command");
    });

    it.each<[string, (world: World) => Promise<string>]>([
      ["and puts another in its place", (world) => world.forceTrunk("Another way")],
      ["and leaves what was there before", (world) => world.forceTrunk(null)],
    ])("is over when somebody takes the red commit off the trunk %s", async (_how, force) => {
      const world = openWorld({ AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" });
      await world.atWork();
      const waiting = world.readyIssue("The next");
      await world.ci(await world.land(world.agent.turn()), "failure");
      world.agent.turn().complete();
      await world.later(10);
      expect(world.comment(waiting)).toContain("frozen since #");
      await world.ci(await force(world), "success");
      await world.later(120);
      expect(world.threads()).toHaveLength(2);
      expect(world.labels(waiting)).toContain(IN_PROGRESS);
    });

    it("a label put on after the freeze is the order to repair", async () => {
      const world = openWorld({ AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" });
      const issue = await world.atWork();
      await world.ci(await world.land(world.agent.turn()), "failure");
      world.agent.turn().complete();
      await world.later(10);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
      world.readyIssue("Repair the trunk");
      await world.later(5);
      expect(world.threads()).toHaveLength(2);
    });

    it("also where the look that froze it could not read the issue", async () => {
      const world = openWorld({ AFK_RUN_MAX_SECONDS: "900", AFK_CI_GRACE_SECONDS: "3600" });
      const issue = await world.atWork();
      await world.land(world.agent.turn());
      world.agent.turn().complete();
      const fault = world.forge.faults.add(
        ({ method, path }) => method === "GET" && path.endsWith(`/issues/${issue}`),
        502,
      );
      await world.later(1000);
      expect((await world.get("/healthz")).body).toMatchObject({ runs: { frozen_repos: 1 } });
      fault.remove();
      await world.later(1000);
      const before = world.readyIssue("Repair the trunk");
      await world.later(60);
      world.unlabel(before);
      world.label(before);
      await world.later(60);
      expect(world.threads()).toHaveLength(2);
    });

    it("a CI that waits for a person's approval", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      await world.ci(await world.land(world.agent.turn()), "action_required");
      world.agent.turn().complete();
      await world.later(5);
      expectHandedOver(world, issue, `CI waits for a person's approval (${world.job}).`);
    });
  });

  describe("withdrawn", () => {
    it.each<[string, (world: World, issue: number) => void]>([
      ["unlabels it", (world, issue) => world.unlabel(issue)],
      ["closes it", (world, issue) => world.close(issue)],
    ])("by a person who %s: the agent is stopped and nothing is left on the issue", async (_how, act) => {
      const world = openWorld();
      const issue = await world.atWork();
      act(world, issue);
      const { state } = world.on(issue);
      await world.later(2);
      expect(world.agent.turn().interrupts).toBe(0);
      await world.later(120);
      expect(world.agent.turn().interrupts).toBe(1);
      expect(world.labels(issue)).toEqual([]);
      expect(world.on(issue).state).toBe(state);
      expect(world.comment(issue)).toContain("Withdrawn: a person");
      expect(handOvers(world, issue)).toEqual([]);
      expect(await outcomes(world)).toEqual(["settled withdrawn"]);
    });

    it("not when the agent has landed meanwhile", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      world.unlabel(issue);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "success");
      await world.later(60);
      expect(world.on(issue).state).toBe("closed");
      expect(await outcomes(world)).toEqual(["settled closed"]);
    });

    it("by the kill switch before the first turn: the label stays, and armed again it is claimed under a new run", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      const fault = world.forge.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 500);
      await world.later(2);
      fault.remove();
      world.set({ AFK_KILL_SWITCH: "true" });
      await world.later(60);
      expect(world.turns()).toEqual([]);
      expect(world.labels(issue)).toEqual([READY]);
      expect(world.bells()).toEqual([]);
      expect(await outcomes(world)).toEqual(["settled withdrawn"]);

      world.set({ AFK_KILL_SWITCH: "false" });
      await world.sweep();
      await world.later(2);
      expect(world.turns()).toHaveLength(1);
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      const { body } = await world.board(`/api/runs?repo=${world.key}`);
      const ids = (body as { runs: { id: string }[] }).runs.map((run) => run.id);
      expect(new Set(ids).size).toBe(2);
      expect(world.agent.turn().threadId).toBe(`afk-${ids[0]}`);
    });

    it.each([
      ["the kill switch", { AFK_KILL_SWITCH: "true" }],
      ["a mistyped setting", { AFK_POLL_SECONDS: "soon" }],
      ["the repo off the list", { AFK_ALLOWLIST: "github:someone/else" }],
    ])("%s in mid-run: it is watched to its end and no other turn starts", async (_how, settings) => {
      const world = openWorld();
      const issue = await world.atWork();
      world.set(settings);
      await world.ci(await world.land(world.agent.turn()), "failure");
      world.agent.turn().complete();
      await world.later(60);
      expect(world.turns()).toHaveLength(1);
      expectHandedOver(world, issue, "the loop is disarmed");
    });
  });

  describe("gone", () => {
    const remove = (world: World, number: number) => world.people.deleteIssue({ repo: REPO, number, by: "octo" });

    it("before the push: the agent is stopped, the bell rings, and the repo is free", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      remove(world, issue);
      await world.later(120);
      expect(world.agent.turn().interrupts).toBe(1);
      expect(await outcomes(world)).toEqual(["settled withdrawn"]);
      world.readyIssue("The next");
      await world.later(5);
      expect(world.threads()).toHaveLength(2);
    });

    it("after the push: outcome gone, and a red commit freezes the repo, told by the bell alone", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const sha = await world.land(world.agent.turn());
      await world.later(2);
      await world.ci(sha, "failure");
      remove(world, issue);
      world.agent.turn().complete();
      await world.later(60);
      expect(await outcomes(world)).toEqual(["settled gone"]);
      expect(world.turns()).toHaveLength(1);
      expect(world.phoneBells()).toEqual([
        "octo/widgets#1 Widgets wobble: The issue is gone.\nSpent: unknown, no look saw any tokens.",
      ]);
      expect((await world.get("/healthz")).body).toMatchObject({ runs: { frozen_repos: 1 } });
      // Its own issue can tell no time any more, by which a wish would be known for a later one.
      const waiting = world.readyIssue("Repair the trunk");
      await world.later(60);
      world.unlabel(waiting);
      world.label(waiting);
      await world.later(60);
      expect(world.threads()).toHaveLength(2);
    });
  });
});
