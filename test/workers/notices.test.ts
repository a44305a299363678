/** Things that end quietly ring first: once each, once when mended, and never while disarmed. */
import { describe, expect, it } from "vitest";
import type { ForgeName } from "../fakes/forge/stand-in.ts";
import { openWorld, type World } from "./world.ts";

const MINUTE = 60;
const DAY = 86_400;
const T3_TOKEN = "t3-story-token";
const SCOPES = ["orchestration:read", "orchestration:operate"];

/** A loop whose tokens last, and none of whose sweeps was yet. */
function quietWorld(changed: Record<string, string | undefined> = {}, forge: ForgeName = "github"): World {
  const world = openWorld(changed, forge);
  world.t3.addToken(T3_TOKEN, SCOPES, 1000 * DAY);
  return world;
}

/** The titles that rang on the phone since the last time, and as many in Slack. */
function rang(world: World): string[] {
  const phone = world.ntfy.messages.splice(0).map(({ title }) => title ?? "");
  const slack = world.slack.messages.splice(0);
  expect(slack.length).toBe(phone.length);
  return phone;
}

/** Time passes, sweep by sweep. */
async function sweeps(world: World, seconds: number, every = 5 * MINUTE): Promise<void> {
  for (let passed = 0; passed < seconds; passed += every) {
    await world.later(every);
    await world.sweep();
  }
}

describe("a token near its end", () => {
  it("of the forge rings at 14 days, at 3, at the last, and once when another is set", async () => {
    const world = quietWorld();
    world.github.tokenEndsAt = world.nowMs + 15.5 * DAY * 1000;
    await world.sweep();
    const reads = () => world.asked.filter((one) => one.endsWith("/rate_limit")).length;
    await sweeps(world, DAY, (60 * MINUTE) / 8);
    expect(rang(world)).toEqual([]);
    expect(reads()).toBe(2);
    for (const [days, title] of [
      [1, "AFK loop: the github token ends within 14 days"],
      [11, "AFK loop: the github token ends within 3 days"],
      [2, "AFK loop: the github token ends within a day, or has ended"],
    ] as const) {
      await world.later(days * DAY);
      await sweeps(world, 5 * MINUTE, MINUTE);
      expect(rang(world).filter((one) => one.includes("token"))).toEqual([title]);
    }
    world.github.tokenEndsAt = world.nowMs + 90 * DAY * 1000;
    await world.later(DAY);
    await sweeps(world, 5 * MINUTE, MINUTE);
    expect(rang(world).filter((one) => one.includes("token"))).toEqual(["AFK loop: the github token is good again"]);
  });

  it("of T3 rings too, on any forge; Forgejo tells nothing of its own and is not asked", async () => {
    const world = quietWorld({}, "forgejo");
    world.t3.addToken(T3_TOKEN, SCOPES, 2 * DAY);
    await world.sweep();
    expect(rang(world)).toEqual(["AFK loop: the T3 token ends within 3 days"]);
    await sweeps(world, 60 * MINUTE);
    expect(rang(world)).toEqual([]);
    expect(world.asked.filter((one) => one.endsWith("/api/auth/session"))).toHaveLength(1);
  });
});

describe("a webhook that brings nothing", () => {
  it("rings when the sweep alone found the work, and once when a delivery comes", async () => {
    const world = quietWorld();
    world.losesDeliveries = true;
    world.readyIssue();
    await world.sweep();
    await world.later(10);
    expect(world.threads()).toHaveLength(1);
    await sweeps(world, 10 * MINUTE, MINUTE);
    const titles = world.ntfy.messages.map(({ title }) => title);
    expect(titles.filter((title) => title?.includes("webhook"))).toEqual([`${world.key}: no webhook arrives`]);
    await sweeps(world, 10 * MINUTE, MINUTE);
    world.losesDeliveries = false;
    world.label(world.issue("Another"), "question");
    await sweeps(world, 5 * MINUTE, MINUTE);
    const after = world.ntfy.messages.map(({ title }) => title).filter((title) => title?.includes("webhook"));
    expect(after).toEqual([`${world.key}: no webhook arrives`, `${world.key}: webhooks arrive again`]);
  });

  it.each(["github", "forgejo"] as const)("is asked for on %s only while a secret is set", async (forge) => {
    const setting = forge === "github" ? "GITHUB_WEBHOOK_SECRET" : "FORGEJO_WEBHOOK_SECRET";
    const world = quietWorld({ [setting]: "" }, forge);
    const stands = async () => /afk_notices\{kind="webhook"\} 1/.test((await world.scrape()).text);
    world.losesDeliveries = true;
    world.readyIssue();
    await world.sweep();
    await sweeps(world, 15 * MINUTE, MINUTE);
    expect(world.threads()).toHaveLength(1);
    expect(await stands()).toBe(false);
    world.set({ [`${setting}_PREVIOUS`]: "the one before" });
    await sweeps(world, MINUTE, MINUTE);
    expect(await stands()).toBe(true);
    world.set({ [`${setting}_PREVIOUS`]: undefined });
    await sweeps(world, 5 * MINUTE, MINUTE);
    expect(await stands()).toBe(false);
    const bells = world.ntfy.messages.map(({ title }) => title).filter((title) => title?.includes("webhook"));
    expect(bells).toEqual([`${world.key}: no webhook arrives`]);
  });

  it.each(["github", "forgejo"] as const)("is silent on %s where deliveries come", async (forge) => {
    const world = quietWorld({}, forge);
    world.readyIssue();
    await world.later(10);
    await sweeps(world, 15 * MINUTE, MINUTE);
    expect(world.threads()).toHaveLength(1);
    expect(world.ntfy.messages.filter(({ title }) => title?.includes("webhook"))).toEqual([]);
  });
});

describe("a sweep that did not run", () => {
  it("is told by the next one, and once that it runs again", async () => {
    const world = quietWorld();
    await world.sweep();
    await world.later(14 * MINUTE);
    expect((await world.get("/healthz")).body).toMatchObject({ status: "degraded" });
    await world.sweep();
    expect(rang(world)).toEqual(["AFK loop: no sweep ran for 14 minutes"]);
    await world.later(MINUTE);
    await world.sweep();
    expect(rang(world)).toEqual(["AFK loop: the sweep runs again"]);
    await sweeps(world, 30 * MINUTE);
    expect(rang(world)).toEqual([]);
  });
});

describe("an act that waits for more than an hour", () => {
  it("rings through whoever can be reached, and once when it is done", async () => {
    const world = quietWorld();
    world.ntfy.faults.push({ match: () => true, respond: { status: 503 } });
    world.readyIssue();
    await world.later(2);
    await world.ci(await world.land(world.agent.turn()), "success");
    world.agent.turn().complete();
    await sweeps(world, 75 * MINUTE);
    const told = () =>
      world.slack.messages
        .filter(({ text }) => /waits for more than an hour|nothing waits/.test(text))
        .map(({ text }) => text);
    expect(told()).toHaveLength(1);
    world.ntfy.faults.length = 0;
    await sweeps(world, 30 * MINUTE);
    expect(told()).toHaveLength(2);
    // Whichever comes first, the act's next try or the next sweep: of the mending alone it never hears.
    const both = [
      `${world.key}: something waits for more than an hour`,
      `${world.key}: nothing waits for long any more`,
    ];
    const phone = world.ntfy.messages.flatMap(({ title }) => (title?.includes("wait") ? [title] : []));
    expect([[], both]).toContainEqual(phone);
  });
});

describe("a quota below a tenth", () => {
  it("rings once, and once when it is whole again", async () => {
    const world = quietWorld();
    await world.sweep();
    world.github.state.rateLimit.used = 4600;
    await sweeps(world, 15 * MINUTE);
    expect(rang(world).map((title) => title.replace(/\d+ of/, "some of"))).toEqual([
      "AFK loop: github leaves some of 5000 requests",
    ]);
    await sweeps(world, 60 * MINUTE);
    expect(rang(world)).toEqual(["AFK loop: github leaves enough requests again"]);
  });
});

describe("a disk that fills up", () => {
  const GIB = 1024 ** 3;
  /** What `npm start` does before each sweep. */
  async function sweepsWith(world: World, freeBytes: number): Promise<string[]> {
    for (let minute = 0; minute < 3; minute++) {
      await world.later(MINUTE);
      await world.fleet().disk(freeBytes);
      await world.sweep();
    }
    return rang(world);
  }

  it("rings once, stands on /healthz, and rings once when there is room", async () => {
    const world = quietWorld();
    expect(await sweepsWith(world, 20 * GIB)).toEqual([]);
    expect((await world.get("/healthz")).body).not.toHaveProperty("disk");
    expect(await sweepsWith(world, 700 * 1024 ** 2)).toEqual([
      "AFK loop: the disk of its state is nearly full, 700 MiB are free",
    ]);
    expect((await world.get("/healthz")).body).toMatchObject({
      status: "degraded",
      disk: { free_bytes: 700 * 1024 ** 2 },
    });
    await world.later(11 * MINUTE);
    expect((await world.get("/healthz")).body, "told long ago").not.toHaveProperty("disk");
    expect((await sweepsWith(world, 1.1 * GIB)).filter((one) => !one.includes("sweep"))).toEqual([]);
    expect(await sweepsWith(world, 2 * GIB)).toEqual(["AFK loop: the disk of its state has room again"]);
    expect((await world.get("/healthz")).body).toMatchObject({ status: "ok" });
  });

  it("is nobody's trouble where nobody tells of one", async () => {
    const world = quietWorld();
    await sweeps(world, 30 * MINUTE);
    expect(rang(world)).toEqual([]);
    expect((await world.scrape()).text).not.toMatch(/^afk_disk_free_bytes /m);
  });
});

describe("disarmed", () => {
  it("nothing is read, rung or written, whatever has come to its end", async () => {
    const world = quietWorld();
    world.github.tokenEndsAt = world.nowMs + 20 * DAY * 1000;
    await world.sweep();
    world.set({ AFK_KILL_SWITCH: "true" });
    const before = [world.asked.length, await world.stored()];
    await world.later(19 * DAY);
    await world.sweep();
    await world.sweep();
    expect([world.asked.length, await world.stored()]).toEqual(before);
    expect(rang(world)).toEqual([]);
  });
});

describe("a bell that nobody takes", () => {
  it("rings later, and the others ring meanwhile", async () => {
    const world = quietWorld();
    world.ntfy.faults.push({ match: () => true, respond: { status: 503 } });
    world.github.tokenEndsAt = world.nowMs + 10 * DAY * 1000;
    await world.sweep();
    await sweeps(world, 20 * MINUTE);
    expect(world.slack.messages).toHaveLength(1);
    world.ntfy.faults.length = 0;
    await sweeps(world, 20 * MINUTE);
    expect(rang(world)).toEqual(["AFK loop: the github token ends within 14 days"]);
  });
});
