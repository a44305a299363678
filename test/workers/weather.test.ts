/** The same work while the network, the executor and the forge misbehave. */
import { describe, expect, it } from "vitest";
import { FORGES, IN_PROGRESS, openWorld as open, READY, REPO, TOKENS, US, type World } from "./world.ts";

async function landed(world: World, issue: number): Promise<void> {
  const sha = await world.land(world.agent.turn());
  world.agent.turn().complete();
  await world.ci(sha, "success");
  await world.later(60);
  expect(world.on(issue)).toMatchObject({ state: "closed", done: true });
  expect(world.labels(issue)).toEqual([]);
  expect(world.comment(issue)).toContain("**Done: landed and green.**");
  expect(world.threads()).toHaveLength(1);
  expect(world.turns()).toHaveLength(1);
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);

  describe("deliveries", () => {
    it("told twice are answered duplicate, wake all the same, and start nothing twice", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      const [labelled] = world.outbox.filter((delivery) => /^label(ed|_updated)$/.test(delivery.action ?? ""));
      if (!labelled) throw new Error("no delivery of the labelling");
      await world.later(2);
      expect(world.answers.map((answer) => [answer.status, answer.body.status])).toContainEqual([202, "accepted"]);
      expect(await world.post(labelled)).toBe("duplicate");
      expect(await world.alarmAt()).toBeLessThan(world.nowMs + 1000);
      await world.later(2);
      expect(world.threads()).toHaveLength(1);
      await landed(world, issue);
      expect(await world.post(labelled)).toBe("duplicate");
      await world.later(60);
      expect(world.threads()).toHaveLength(1);
    });

    it("in any order end the same", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      world.outbox.reverse();
      await world.later(2);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "success");
      world.outbox.reverse();
      await world.later(60);
      expect(world.on(issue).state).toBe("closed");
      expect(world.turns()).toHaveLength(1);
    });
  });

  describe("an executor", () => {
    const dispatching = (type: string) => ({
      match: ({ path, text }: { path: string; text: string }) =>
        path.endsWith("/dispatch") && text.includes(`"${type}"`),
    });

    it.each(["project.create", "thread.create", "thread.turn.start"])(
      "whose answer to %s is lost after it took effect is not asked for a second one",
      async (type) => {
        const world = openWorld();
        world.t3.faults.push({ ...dispatching(type), respond: "effect-then-reset", times: 2 });
        const issue = world.readyIssue();
        await world.later(60);
        expect(world.commands().filter((one) => one === type)).toHaveLength(1);
        await landed(world, issue);
      },
    );

    it.each(["thread.create", "thread.turn.start"])(
      "that answers 500 to %s after it took effect is read first",
      async (type) => {
        const world = openWorld();
        let served = 0;
        world.t3.faults.push({
          match: (asked) => {
            if (!dispatching(type).match(asked)) return false;
            served++;
            return served === 2;
          },
          respond: { status: 500, body: { _tag: "OrchestrationDispatchCommandError" } },
        });
        world.t3.faults.push({ ...dispatching(type), respond: "effect-then-reset", times: 1 });
        const issue = world.readyIssue();
        await world.later(60);
        expect(world.turns()).toHaveLength(1);
        await landed(world, issue);
      },
    );

    it("that answers 401 rings at once, and all goes on when the token is good again", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      world.t3.revokeToken("t3-story-token");
      await world.ci(sha, "success");
      await world.later(600);
      expect(world.on(issue).state).toBe("open");
      expect(world.phoneBells()).toHaveLength(1);
      expect(world.phoneBells()[0]).toContain("executor needs a human");
      expect((await world.get("/healthz")).body).toMatchObject({ status: "degraded", executor: { reachable: false } });
      world.t3.addToken("t3-story-token", ["orchestration:read", "orchestration:operate"]);
      await world.later(60);
      expect(world.on(issue).state).toBe("closed");
      expect(world.turns()).toHaveLength(1);
    });

    it("that is silent for an hour is waited for, and nothing is handed over", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2);
      world.t3.faults.push({ match: () => true, respond: "reset", times: 1_000_000 });
      await world.later(3600);
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      world.t3.faults.length = 0;
      await landed(world, issue);
    });
  });

  describe("a forge", () => {
    const labelling = ({ method, path }: { method: string; path: string }) =>
      method === "POST" && path.endsWith("/labels");
    const commenting = ({ method, path }: { method: string; path: string }) =>
      method === "POST" && path.endsWith("/comments");
    const closing = ({ method, path }: { method: string; path: string }) =>
      method === "PATCH" && /\/issues\/\d+$/.test(path);
    const updating = ({ method, path }: { method: string; path: string }) =>
      method === "PATCH" && path.includes("/comments/");

    it("that refuses the token pauses nothing: all goes on once it is good again", async () => {
      const world = openWorld();
      await world.sweep();
      world.forge.revokeToken(TOKENS[forge]);
      const issue = world.readyIssue();
      await world.later(120);
      await world.sweep();
      expect(world.threads()).toEqual([]);
      expect(JSON.stringify((await world.get("/healthz")).body)).not.toMatch(/"paused_until":"/);
      expect(world.phoneBells().join("\n")).not.toContain("requests");
      world.forge.addToken(TOKENS[forge], US);
      await world.sweep();
      await world.later(120);
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      await landed(world, issue);
    });

    it.each([
      ["label", labelling],
      ["comment", commenting],
      ["edited comment", updating],
      ["close", closing],
    ])("whose answer to a %s is lost after it took effect", async (_what, matches) => {
      const world = openWorld();
      const fault = world.forge.faults.add(matches, "reset-after-effect", 2);
      const issue = world.readyIssue();
      await world.later(60);
      await landed(world, issue);
      expect(fault.hits).toBeGreaterThan(0);
      expect(world.comments(issue)).toHaveLength(1);
      expect(world.closings(issue)).toBe(1);
      const labelled = world.on(issue).labellings.filter((labelling) => labelling.added);
      expect(labelled.map(({ label }) => label)).toEqual([READY, IN_PROGRESS]);
    });

    it("whose repo is archived under way is seen to its end once it is back", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      world.people.archiveRepo({ repo: REPO, by: "ada" });
      await world.ci(sha, "success");
      await world.later(600);
      expect(world.labels(issue)).toContain(IN_PROGRESS);
      world.people.unarchiveRepo({ repo: REPO, by: "ada" });
      await world.later(3600);
      expect(world.on(issue)).toMatchObject({ state: "closed", done: true });
      expect(world.labels(issue)).toEqual([]);
    });

    it("that kept a comment twice is left with the oldest", async () => {
      const world = openWorld();
      world.forge.faults.add(
        commenting,
        async ({ body }, serve) => {
          world.people.comment({ repo: REPO, number: 1, by: "afk-loop", body: (body as { body: string }).body });
          await serve();
          return Response.json({ message: "busy" }, { status: 502 });
        },
        1,
      );
      const issue = world.readyIssue();
      await world.later(2);
      expect(world.comments(issue)).toHaveLength(2);
      const oldest = world.on(issue).comments[0]?.id;
      await world.later(60);
      expect(world.on(issue).comments.map((comment) => comment.id)).toEqual([oldest]);
      await landed(world, issue);
      expect(world.on(issue).comments.map((comment) => comment.id)).toEqual([oldest]);
    });

    it("that refuses the comment is told elsewhere once, and the work goes on", async () => {
      const world = openWorld();
      world.forge.faults.add(commenting, 422);
      const issue = world.readyIssue();
      await world.later(60);
      expect(world.turns()).toHaveLength(1);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "success");
      await world.later(120);
      expect(world.on(issue).state).toBe("closed");
      expect(world.comments(issue)).toEqual([]);
      expect(world.wrote().filter((one) => one.endsWith("/comments")).length).toBeLessThan(10);
      expect(world.phoneBells().some((bell) => bell.includes("forge needs a human"))).toBe(true);
    });

    it("whose comment a person deleted gets it written anew, and no bell rings for it", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2);
      world.deleteComments(issue);
      await landed(world, issue);
      expect(world.phoneBells()).toEqual([
        "octo/widgets#1 Widgets wobble: Done: landed and green.\nSpent: unknown, no look saw any tokens.",
      ]);
    });

    it("down for ten minutes stops nothing for good", async () => {
      const world = openWorld();
      const issue = world.readyIssue();
      await world.later(2);
      const fault = world.forge.faults.add(() => true, 503);
      await world.later(600);
      fault.remove();
      expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await world.ci(sha, "success");
      await world.later(1000);
      expect(world.on(issue).state).toBe("closed");
      expect(world.turns()).toHaveLength(1);
    });
  });

  describe("a notifier", () => {
    it("that lets nobody edit an old message keeps the board as it stands, and rings under it", async () => {
      const world = openWorld();
      world.slack.editWindowMs = 60_000;
      const issue = world.readyIssue();
      await world.later(120);
      await landed(world, issue);
      await world.later(7200);
      expect(world.boards()).toHaveLength(1);
      expect(world.boards()[0]).toContain("An agent is at work.");
      expect(world.bells().map((text) => text.includes("Done: landed and green."))).toEqual([true]);
      expect(world.phoneBells().join("\n")).not.toContain("needs a human");
    });

    it.each([
      ["refuse their tokens", { ok: false, error: "invalid_auth" }, 401],
      ["refuse each bell", { ok: false, error: "is_archived" }, 400],
    ])("that both %s do not ring for each other without end", async (_, body, status) => {
      const world = openWorld();
      world.slack.faults.push({ match: () => true, respond: { status: 200, body } });
      world.ntfy.faults.push({ match: () => true, respond: { status } });
      const issue = world.readyIssue();
      await world.later(2);
      await landed(world, issue);
      await world.later(3600);
      const asked = world.asked.filter((one) => /slack|ntfy/.test(one)).length;
      expect(asked).toBeLessThan(200);
      expect(JSON.stringify(await world.stored())).not.toMatch(/(trouble-\w+-ring-\w+-){3}/);
      expect(world.on(issue).state).toBe("closed");
    });

    it("that cannot be reached is named on the issue, and the other one rings", async () => {
      const world = openWorld();
      world.slack.faults.push({
        match: () => true,
        respond: { status: 200, body: { ok: false, error: "invalid_auth" } },
      });
      const issue = world.readyIssue();
      await world.later(2);
      expect(world.comment(issue)).toContain("Could not be told elsewhere: slack cannot be reached.");
      expect(world.phoneBells()).toHaveLength(1);
      expect(world.phoneBells()[0]).toContain("slack needs a human");
      world.slack.faults.length = 0;
      await world.later(1000);
      expect(world.boards()).toHaveLength(1);
      await landed(world, issue);
      expect(world.comment(issue)).not.toContain("cannot be reached");
    });

    it("whose answer is lost after the message was posted does not post it twice", async () => {
      const world = openWorld();
      world.slack.faults.push({
        match: ({ path }) => path.endsWith("postMessage"),
        respond: "effect-then-reset",
        times: 1,
      });
      const issue = world.readyIssue();
      await world.later(60);
      await landed(world, issue);
      expect(world.boards()).toHaveLength(1);
      expect(world.bells()).toHaveLength(1);
    });
  });
});
