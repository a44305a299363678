/** Runs that reach the trunk. */
import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { briefOf, FOR_HUMAN, FORGES, IN_PROGRESS, openWorld as open, READY, REPO, type World } from "./world.ts";

function expectClosed(world: World, issue: number, spent = "Spent: unknown, no look saw any tokens."): void {
  expect(world.on(issue)).toMatchObject({ state: "closed", done: true });
  expect(world.labels(issue)).toEqual([]);
  expect(world.comment(issue)).toContain("**Done: landed and green.**");
  expect(world.bells()).toHaveLength(1);
  expect(world.bells()[0]).toContain("Done: landed and green.");
  expect(world.phoneBells()).toEqual([`octo/widgets#1 Widgets wobble: Done: landed and green.\n${spent}`]);
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);

  describe("a run that lands", () => {
    it("waits for a check that its base has and that begins late", async () => {
      const world = openWorld();
      const lint = (sha: string, state: "success" | "failure") =>
        world.forge.ci.setStatus({ repo: REPO, sha, context: "lint", state, by: "ada" });
      await lint((await world.git.head(REPO, "main")) ?? "", "success");
      const issue = await world.atWork();
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "success");
      await world.later(60);
      expect(world.on(issue).state).toBe("open");
      await lint(sha, "failure");
      await world.later(60);
      expect(world.turns()).toHaveLength(2);
      expect(world.turns()[1]).toContain("lint");
    });

    it("is labelled, worked on, landed, seen green and closed", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2);
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      expect(world.commands()).toEqual(["project.create", "thread.create", "thread.turn.start"]);
      const turn = world.agent.turn();
      expect(turn.text).toContain("> Widgets wobble");
      expect(turn.text).toContain("> They do.");
      expect(world.comment(issue)).toContain("**An agent is at work.**");
      expect(world.boards()).toHaveLength(1);
      expect(world.boards()[0]).toContain("An agent is at work.");

      const sha = await world.land(turn);
      turn.complete("Landed.");
      await world.later(2);
      expect(world.comment(issue)).toContain("- [x] tests written, red - claimed");
      expect(world.comment(issue)).toContain(`- [x] landed on the trunk - verified \`${sha.slice(0, 12)}\``);
      expect(world.on(issue).state).toBe("open");
      expect(world.bells()).toEqual([]);

      await world.ci(sha, "success");
      await world.later(2);
      expectClosed(world, issue);
      expect(world.boards()).toHaveLength(1);
      expect(world.boards()[0]).toContain("done: verified");
      expect(world.slack.messages[0]?.edits).toBeGreaterThan(0);
      expect(world.bells()[0]).toContain(`https://t3.test/env-1/${world.threads()[0]}`);
      expect(world.threads()).toHaveLength(1);
      expect(world.turns()).toHaveLength(1);

      const asked = world.asked.length;
      await world.later(3600);
      expect(world.asked.slice(asked)).toEqual([]);
      expect(await world.alarmAt()).toBeNull();
    });

    it("needs no webhook: the sweep alone lands it", async () => {
      const world = openWorld();
      world.losesDeliveries = true;
      const issue = world.readyIssue();
      const minute = async () => {
        await world.sweep();
        await world.later(60);
      };
      await minute();
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "success");
      await minute();
      expectClosed(world, issue);
      expect(world.answers).toHaveLength(0);
    });

    it("survives its ledger's eviction between every two alarms", async () => {
      const world = openWorld();
      let evictions = 0;
      const evict = async () => {
        await evictDurableObject(world.ledger());
        evictions++;
      };
      const issue = world.readyIssue();
      await world.later(2, evict);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.later(2, evict);
      await world.ci(sha, "success");
      await world.later(2, evict);
      expectClosed(world, issue);
      expect(world.threads()).toHaveLength(1);
      expect(world.turns()).toHaveLength(1);
      expect(evictions).toBeGreaterThan(4);
    });

    it("survives that everything dies between every two alarms", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2, abortAllDurableObjects);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.later(2, abortAllDurableObjects);
      await world.ci(sha, "success");
      await world.later(2, abortAllDurableObjects);
      expectClosed(world, issue);
      expect(world.turns()).toHaveLength(1);
    });

    it("is fixed forward in the same thread when CI turns red", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const red = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(red, "failure", "1 of 7 tests failed: wobble is still 3 degrees\n");
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
      expect(world.turns()).toHaveLength(2);
      const fix = world.agent.turn();
      expect(fix.threadId).toBe(world.threads()[0]);
      expect(fix.text).toContain(`CI of your landed commit ${red} on main is red. This is attempt 1 of 5.`);
      // Forgejo has no logs to read before version 16: then the link tells.
      expect(fix.text).toContain(
        forge === "github"
          ? "1 of 7 tests failed: wobble is still 3 degrees"
          : "https://forgejo.test/octo/widgets/actions/",
      );
      expect(world.comment(issue)).toContain("Fix-forward attempt 1 of 5.");

      const [first] = world.agent.turns;
      if (!first) throw new Error("no first turn");
      const green = await world.landOnly(first, "Steady them better");
      fix.complete();
      await world.ci(green, "success");
      await world.later(2);
      expectClosed(world, issue);
      expect(world.turns()).toHaveLength(2);
      expect(world.comment(issue)).toContain("Fix-forward attempt 1 of 5.");
    });

    it("is fixed forward in the mode that a person chose for its thread", async () => {
      const world = openWorld();
      await world.atWork();
      const [thread = ""] = world.threads();
      expect(world.t3.runtimeMode(thread)).toBe("full-access");
      world.t3.setRuntimeMode(thread, "approval-required");
      const red = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(red, "failure");
      await world.later(2);
      expect(world.turns()).toHaveLength(2);
      expect(world.t3.runtimeMode(thread)).toBe("approval-required");

      world.t3.setRuntimeMode(thread, "full-access");
      const [first] = world.agent.turns;
      if (!first) throw new Error("no first turn");
      const again = await world.landOnly(first, "Steady them better");
      world.agent.turn().complete();
      await world.ci(again, "failure");
      await world.later(2);
      expect(world.turns()).toHaveLength(3);
      expect(world.t3.runtimeMode(thread)).toBe("full-access");
    });

    it("answers one red commit once, however often it is looked at", async () => {
      const world = openWorld();
      await world.atWork();
      const red = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(red, "failure");
      await world.later(2);
      expect(world.turns()).toHaveLength(2);
      for (let look = 0; look < 5; look++) {
        await world.sweep();
        await world.later(30);
      }
      expect(world.turns()).toHaveLength(2);
    });

    it("closed by a keyword of its own commit while red is fixed all the same", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const [first] = world.agent.turns;
      if (!first) throw new Error("no first turn");
      const red = await world.landOnly(first, `Steady them\n\nFixes #${issue}`);
      first.complete();
      expect(world.on(issue).state).toBe("closed");
      await world.ci(red, "failure");
      await world.later(2);
      expect(world.turns()).toHaveLength(2);
      const green = await world.landOnly(first, "Steady them better");
      world.agent.turn().complete();
      await world.ci(green, "success");
      await world.later(2);
      expectClosed(world, issue);
    });

    it("closed by a keyword and never green is opened again for the human", async () => {
      const world = openWorld({ AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" });
      const issue = await world.atWork();
      const red = await world.landOnly(world.agent.turn(), `Steady them\n\nFixes #${issue}`);
      world.agent.turn().complete();
      await world.ci(red, "failure");
      await world.later(2);
      expect(world.on(issue)).toMatchObject({ state: "open" });
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    });

    it("runs a cancelled CI once more, and no attempt is spent", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      const run = await world.ci(sha, "cancelled");
      await world.later(2);
      await world.runAgain(run);
      await world.later(60);
      await world.forge.ci.updateWorkflowRun("octo/widgets", run, { status: "completed", conclusion: "success" });
      await world.later(2);
      expectClosed(world, issue);
      expect(world.turns()).toHaveLength(1);
      expect(world.wrote().filter((one) => one.includes("rerun")).length).toBeLessThanOrEqual(1);
    });

    it("is green by a later commit of another's on top", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const ours = await world.land(world.agent.turn());
      world.agent.turn().complete();
      const theirs = await world.push("Something else");
      await world.ci(ours, "cancelled");
      await world.ci(theirs, "success");
      await world.later(2);
      expectClosed(world, issue);
    });

    it("is not green by what another's merge brought in on top, which never held it", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const ours = await world.land(world.agent.turn());
      world.agent.turn().complete();
      const { side, merge } = await world.mergeOld();
      await world.forge.ci.setStatus({ repo: "octo/widgets", sha: side, context: "ci", state: "success", by: "ada" });
      await world.ci(ours, "failure");
      await world.later(60);
      expect(world.on(issue).state).toBe("open");
      expect(world.turns()).toHaveLength(2);
      await world.ci(merge, "success");
      world.agent.turn().complete();
      await world.later(60);
      expectClosed(world, issue);
    });

    it("whose agent never ends is closed when its whole time is over", async () => {
      const world = openWorld({ AFK_RUN_MAX_SECONDS: "600" });
      const issue = await world.atWork();
      const sha = await world.land(world.agent.turn());
      await world.ci(sha, "success");
      await world.later(500);
      expect(world.on(issue).state).toBe("open");
      await world.later(150);
      expectClosed(world, issue);
      expect(world.t3.dispatched.atWork()).toEqual([]);
    });

    it("is never judged by the checks of its branch", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      const { branch } = briefOf(world.agent.turn());
      const run = await world.forge.ci.createWorkflowRun({ repo: "octo/widgets", sha, branch, by: "ada" });
      await world.forge.ci.updateWorkflowRun("octo/widgets", run.id, { status: "completed", conclusion: "success" });
      await world.later(60);
      expect(world.on(issue).state).toBe("open");
      await world.ci(sha, "success");
      await world.later(2);
      expectClosed(world, issue);
    });
  });

  describe("an agent that asks", () => {
    const colour = [{ question: "Which colour?", header: "Colour", options: [{ label: "Red" }, { label: "Blue" }] }];

    it("is told once that no one is here", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const turn = world.agent.turn();
      turn.ask(colour);
      await world.later(31);
      expect(turn.answers).toHaveLength(1);
      expect(JSON.stringify(turn.answers[0])).toContain("No one is here to answer.");
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      const sha = await world.land(turn);
      turn.complete();
      await world.ci(sha, "success");
      await world.later(2);
      expectClosed(world, issue, "Spent at least 120 tokens, cost unknown (no price for `claudeAgent/claude-opus-4`).");
      expect(turn.answers).toHaveLength(1);
    });

    it("for an approval is declined, and that was its one question", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const turn = world.agent.turn();
      turn.requestApproval("rm -rf /");
      await world.later(31);
      expect(turn.answers).toMatchObject([{ type: "approval", decision: "decline" }]);
      turn.ask(colour);
      await world.later(31);
      expect(turn.answers).toHaveLength(1);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    });

    it("a second time is stopped and handed over", async () => {
      const world = openWorld();
      const issue = await world.atWork();
      const turn = world.agent.turn();
      turn.ask(colour);
      await world.later(31);
      turn.ask(colour);
      await world.later(31);
      expect(turn.answers).toHaveLength(1);
      expect(turn.interrupts).toBe(1);
      expect(world.t3.dispatched.atWork()).toEqual([]);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
      expect(world.comment(issue)).toContain("Handed over: the agent asked a question nobody is here to answer.");
      expect(world.commands()).not.toContain("thread.delete");
    });
  });
});
