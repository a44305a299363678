/** What cannot be read is told to a human, however seldom it is read: a token at once, anything else in the end. */
import { describe, expect, it } from "vitest";
import { briefOf, FOR_HUMAN, FORGES, openWorld as open, READY, REPO, TOKENS, US, type World } from "./world.ts";

const troubles = (world: World, system: string) =>
  world.phoneBells().filter((bell) => bell.includes(`${system} needs a human`));

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);

  it.each([
    ["refused", 401, 3],
    ["answered with 502", 502, 40],
  ])("a list of what is ready that is %s is left to the sweep once a human was told", async (_, status, most) => {
    const world = openWorld();
    const lists = () => world.asked.filter((one) => /GET .*\/issues$/.test(one)).length;
    const fault = world.forge.faults.add(({ method }) => method === "GET", status);
    world.readyIssue();
    await world.later(3 * 3600);
    expect(troubles(world, "forge")).toHaveLength(1);
    expect(lists()).toBeLessThanOrEqual(most);
    fault.remove();
    await world.sweep();
    await world.later(60);
    expect(world.turns()).toHaveLength(1);
  });

  it.each([
    ["refuses the token is one trouble of all repos of an owner", 401, 2],
    ["is down is one trouble of all repos of an owner", 502, 2],
    ["hides its repos is a trouble of each", 404, 5],
  ])("a forge that %s, and what they have ready starts afterwards", async (_, status, bells) => {
    const others = ["octo/gadgets", "octo/gizmos", "acme/anvils", "acme/rockets"];
    const keys = [REPO, ...others].map((name) => `${forge}:${name}`);
    const world = openWorld({ AFK_ALLOWLIST: keys.join(",") });
    const { people } = world.forge;
    for (const name of others) {
      people.addRepo({ name, permissions: { ada: "write", [US]: forge === "forgejo" ? "admin" : "write" } });
      world.git.add(name, "main", { message: "Begin", files: ["README.md"] });
    }
    const fault = world.forge.faults.add(({ method }) => method === "GET", status);
    const minutes = async (count: number) => {
      for (let minute = 0; minute < count; minute++) {
        await world.sweep();
        for (const key of keys.slice(1)) await world.alarm(key);
        await world.later(60);
      }
    };
    await minutes(30);
    expect(troubles(world, "forge")).toHaveLength(bells);

    const [repo = ""] = others;
    world.losesDeliveries = true;
    const { number } = people.createIssue({ repo, title: "Gadgets gape", body: "", by: "ada", labels: [] });
    people.label({ repo, number, by: "ada", label: READY });
    await minutes(5);
    fault.remove();
    await minutes(3);
    expect(world.turns()).toHaveLength(1);
    expect(world.turns()[0]).toContain(`${repo}#${number}`);
    expect(troubles(world, "forge")).toHaveLength(bells);
  });

  it("a second trouble of a repo in which nothing happens is told again", async () => {
    const world = openWorld();
    await world.sweep();
    for (const bells of [1, 2]) {
      const fault = world.forge.faults.add(({ method }) => method === "GET", 401);
      await world.sweep();
      await world.later(120);
      expect(troubles(world, "forge")).toHaveLength(bells);
      fault.remove();
      await world.sweep();
      await world.later(120);
    }
  });

  it("a token that is refused on top of an outage that was told is told at once, and no outage on top of that", async () => {
    const world = openWorld();
    const minutes = async (count: number) => {
      for (let minute = 0; minute < count; minute++) {
        await world.sweep();
        await world.later(60);
      }
    };
    for (const [status, bells] of [
      [502, 1],
      [401, 2],
      [502, 2],
      [401, 2],
    ] as const) {
      const fault = world.forge.faults.add(({ method }) => method === "GET", status);
      await minutes(20);
      expect(troubles(world, "forge")).toHaveLength(bells);
      fault.remove();
    }
  });

  it("a token that is refused, taken and refused again is told each time", async () => {
    const world = openWorld();
    world.readyIssue();
    await world.later(2);
    for (const bells of [1, 2]) {
      const fault = world.forge.faults.add(({ method }) => method === "GET", 401);
      await world.later(120);
      expect(troubles(world, "forge")).toHaveLength(bells);
      fault.remove();
      await world.later(120);
    }
  });

  it.each([
    ["refused to the token are told at once", 401, 60],
    ["answered with 502 are told in the end", 502, 420],
  ])("reads that only a first turn needs and that are %s, and nothing is sent", async (_, status, seconds) => {
    const world = openWorld();
    const fault = world.forge.faults.add(
      ({ path }) => path.endsWith("/permission") && world.threads().length > 0,
      status,
    );
    world.readyIssue();
    await world.later(seconds);
    expect(fault.hits).toBeGreaterThan(0);
    expect(world.turns()).toEqual([]);
    expect(troubles(world, "forge")).toHaveLength(1);
    fault.remove();
    await world.later(60);
    expect(world.turns()).toHaveLength(1);
  });

  it.each([
    ["refuses the token", 401],
    ["is down", 502],
  ])("a forge that %s rings once, however much a run owes it, and once more for the next time", async (_, status) => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(60);
    for (const bells of [1, 2]) {
      const fault = world.forge.faults.add(() => true, status);
      await world.later(5 * 3600);
      expect(troubles(world, "forge")).toHaveLength(bells);
      fault.remove();
      await world.later(3600);
      expect(world.labels(issue)).toEqual([FOR_HUMAN]);
      world.people.unlabel({ repo: REPO, number: issue, by: "ada", label: FOR_HUMAN });
      world.label(issue);
      await world.later(60);
    }
  });

  it("a token that an act has met first is one trouble too", async () => {
    const world = openWorld();
    world.forge.faults.add(({ method }) => method !== "GET", 401);
    world.readyIssue();
    await world.later(60);
    world.forge.faults.add(() => true, 401);
    await world.later(600);
    expect(troubles(world, "forge")).toHaveLength(1);
  });

  it("credentials that are gone stop no clock: the agent is interrupted in time, and a human is told", async () => {
    const world = openWorld({ AFK_RUN_MAX_SECONDS: "900" });
    const issue = world.readyIssue();
    await world.later(2);
    const name = forge === "github" ? "GITHUB_TOKEN" : "FORGEJO_TOKEN";
    world.set({ [name]: undefined });
    world.agent.turn().spend(1_000_000, 0);
    await world.later(1200);
    expect(world.agent.turn().interrupts).toBe(1);
    expect(troubles(world, "forge")).not.toEqual([]);
    world.set({ [name]: TOKENS[forge] });
    await world.later(1800);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
  });

  it("who took an issue back is told if it cannot be read", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const fault = world.forge.faults.add(({ path }) => /\/issues\/1\/(events|timeline)$/.test(path), 401);
    world.unlabel(issue, READY);
    await world.later(60);
    expect(fault.hits).toBeGreaterThan(0);
    expect(troubles(world, "forge")).toHaveLength(1);
  });

  it("an agent's branch that cannot be read after a push is told", async () => {
    const world = openWorld();
    world.readyIssue();
    await world.later(2);
    const { branch } = briefOf(world.agent.turn());
    await world.later(60);
    const fault = world.forge.faults.add(
      ({ path, query }) => decodeURIComponent(path).includes(`...${branch}`) || query.get("sha") === branch,
      401,
    );
    await world.push("Test the wobble\n\nAFK-Phase: tests-red", branch);
    await world.later(20);
    expect(fault.hits).toBeGreaterThan(0);
    expect(troubles(world, "forge")).toHaveLength(1);
  });

  it("an agent's question that cannot be read is told", async () => {
    const world = openWorld();
    world.readyIssue();
    await world.later(2);
    world.agent.turn().ask([{ question: "Which colour?" }]);
    world.t3.faults.push({
      match: ({ path }) => /\/orchestration\/threads\/[^/]+$/.test(path),
      respond: { status: 401, body: {} },
    });
    await world.later(90);
    expect(troubles(world, "executor")).toHaveLength(1);
  });
});

/** Whether the trunk takes a push is read for the claim alone. */
it("a forge that refuses the token to what only a claim reads starts nothing, and a human is told", async () => {
  const world = open({ AFK_LANDING: undefined }, "forgejo");
  world.forge.pulls.setRules(REPO, "main", { upToDate: true });
  const ruling = world.forge.faults.add(({ path }) => path.endsWith("/branch_protections"), 401);
  world.readyIssue();
  await world.later(60);
  expect(ruling.hits).toBeGreaterThan(0);
  expect(world.turns()).toEqual([]);
  expect(world.phoneBells()).toHaveLength(1);
  expect(troubles(world, "forge")).toHaveLength(1);
  ruling.remove();
  await world.later(60);
  expect(world.turns()).toHaveLength(1);
});
