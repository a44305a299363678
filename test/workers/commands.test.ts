/** What people order in comments of issues, told on both forges. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { FOR_HUMAN, FORGES, IN_PROGRESS, openWorld as open, READY, REPO, US, type World } from "./world.ts";

function say(world: World, number: number, body: string, by = "ada"): number {
  return world.people.comment({ repo: REPO, number, by, body }).id;
}

async function evict(world: World): Promise<void> {
  await runInDurableObject(world.ledger(), () => {});
  await evictDurableObject(world.ledger());
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);

  it("pause and resume hold for the repo, whatever issue they are said on", async () => {
    const world = openWorld();
    const issue = world.issue("About");
    const pause = say(world, issue, "/afk pause\n\nThe release is being cut.");
    await world.later(2);
    expect(world.reactions(issue, pause)).toEqual(["+1"]);
    expect(world.comment(issue)).toContain("Paused by ada: nothing starts");
    expect((await world.get("/healthz")).body).toMatchObject({ paused: { all: false, repos: 1 } });
    world.readyIssue("Ready");
    await world.later(120);
    expect(world.threads()).toEqual([]);

    const resume = say(world, issue, "/AFK  Resume ");
    await world.later(2);
    expect(world.reactions(issue, resume)).toEqual(["+1"]);
    expect(world.comment(issue)).toContain("Resumed by ada.");
    expect(world.threads()).toHaveLength(1);
  });

  it.each([
    ["resume", "pause", 0],
    ["pause", "resume", 1],
  ])("%s that is read after a newer %s changes nothing", async (older, newer, threads) => {
    const world = openWorld();
    const issue = world.issue("About");
    const late = say(world, issue, `/afk ${older}`);
    const fault = world.forge.faults.add(({ path }) => path.endsWith(`/comments/${late}`), 503);
    await world.later(5);
    const other = world.issue("Another");
    say(world, other, `/afk ${newer}`);
    await world.later(10);
    fault.remove();
    await world.later(60);
    expect(world.reactions(issue, late)).toEqual(["confused"]);
    expect(world.comment(issue)).toContain(`a comment written after that said \`/afk ${newer}\``);
    world.readyIssue("Ready");
    await world.later(60);
    expect(world.threads()).toHaveLength(threads);
  });

  it("resume undoes no pause of all, and says so", async () => {
    const world = openWorld();
    await world.ask("/api/pause", {});
    const issue = world.readyIssue();
    say(world, issue, "/afk resume");
    await world.later(60);
    expect(world.comment(issue)).toContain("Resumed by ada, but all repos are paused by an operator since 2100-");
    expect(world.threads()).toEqual([]);
  });

  it("resume arms nothing: with the kill switch on nobody even reads it, then or later", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    say(world, issue, "/afk pause");
    await world.later(2);
    world.set({ AFK_KILL_SWITCH: "true" });
    const asked = world.asked.length;
    const resume = say(world, issue, "/afk resume");
    await world.later(60);
    expect(world.asked).toHaveLength(asked);
    world.set({ AFK_KILL_SWITCH: "false" });
    await world.sweep();
    await world.later(60);
    expect(world.reactions(issue, resume)).toEqual([]);
    expect(world.threads()).toEqual([]);
  });

  it("stop before the push interrupts the agent, takes the labels off and withdraws", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const stop = say(world, issue, "/afk stop");
    await world.later(120);
    expect(world.reactions(issue, stop)).toEqual(["+1"]);
    expect(world.commands().filter((type) => type.includes("interrupt"))).toHaveLength(1);
    expect(world.labels(issue)).toEqual([]);
    expect(world.on(issue).state).toBe("open");
    expect(world.comment(issue)).toContain("Withdrawn: a person stopped it.");
    expect(world.comment(issue)).toContain("Stopped by ada.");
  });

  it("stop before the first turn left lets none leave", async () => {
    const world = openWorld();
    world.t3.faults.push({ match: ({ method }) => method === "POST", respond: { status: 503 } });
    const issue = world.readyIssue();
    await world.later(2);
    say(world, issue, "/afk stop");
    world.t3.faults.length = 0;
    await world.later(120);
    expect(world.turns()).toEqual([]);
    expect(world.labels(issue)).toEqual([]);
  });

  it("stop after the push hands over", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    await world.land(world.agent.turn());
    await world.later(2);
    say(world, issue, "/afk stop");
    await world.later(120);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    expect(world.comment(issue)).toContain("ada stopped it after it had landed.");
    expect(world.comments(issue).some((body) => body.includes("@ada"))).toBe(true);
  });

  it("stop that could not be read in time stops no run that was ordered after it", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const fault = world.forge.faults.add(({ method, path }) => method === "GET" && path.includes("/comments/"), 503);
    const stop = say(world, issue, "/afk stop");
    await world.later(5);
    const on = { repo: REPO, number: issue, by: "ada", label: READY };
    world.people.unlabel(on);
    await world.later(180);
    expect(world.labels(issue)).toEqual([]);
    world.people.label(on);
    await world.later(10);
    fault.remove();
    await world.later(120);
    expect(world.reactions(issue, stop)).toEqual(["confused"]);
    expect(world.turns()).toHaveLength(2);
    expect(world.labels(issue)).toContain(IN_PROGRESS);
    expect(world.comment(issue)).toContain("the run in flight here was ordered after that");
  });

  it("stop with nothing to stop is answered and changes nothing", async () => {
    const world = openWorld();
    const issue = world.issue();
    const stop = say(world, issue, "/afk stop");
    await world.later(120);
    expect(world.reactions(issue, stop)).toEqual(["confused"]);
    expect(world.comment(issue)).toContain("Nothing to stop, ada");
    expect(world.labels(issue)).toEqual([]);
    expect(world.threads()).toEqual([]);
  });

  it("why tells the first gate that does not pass", async () => {
    const world = openWorld();
    const issue = world.issue("Mine", { by: "stranger", labels: [READY] });
    const asked = say(world, issue, "/afk why");
    await world.later(2);
    expect(world.reactions(issue, asked)).toEqual(["+1"]);
    expect(world.comment(issue)).toMatch(/Why, asked by ada: labeller.*untrusted: stranger has (read|none) access/);
    world.unlabel(issue);
    say(world, issue, "/afk why");
    await world.later(2);
    expect(world.comment(issue)).toMatch(/not.*ready: /);
  });

  it("a stranger's are neither obeyed nor answered", async () => {
    const world = openWorld();
    const issue = world.issue();
    const said = ["pause", "resume", "stop", "release", "retry", "why"].map((word) =>
      say(world, issue, `/afk ${word}`, "stranger"),
    );
    await world.later(120);
    expect(said.flatMap((comment) => world.reactions(issue, comment))).toEqual([]);
    expect(world.wrote()).toEqual([]);
    expect((await world.get("/healthz")).body).not.toHaveProperty("paused");
  });

  it("is obeyed once, however often it is told and whoever dies meanwhile", async () => {
    const world = openWorld();
    const issue = world.issue();
    say(world, issue, "/afk pause");
    const told = [...world.outbox];
    await world.later(2);
    say(world, issue, "/afk resume");
    await world.later(2);
    await evict(world);
    for (const delivery of told) {
      // Forgejo tells again under the same id, GitHub's hook may be told anew by hand.
      await world.post(forge === "forgejo" ? delivery : { ...delivery, id: `${delivery.id}-again` });
      await world.later(60);
    }
    expect((await world.get("/healthz")).body).not.toHaveProperty("paused");
    expect(world.comment(issue)).toContain("Resumed by ada.");
  });

  it("one that cannot be read at once is kept, over an eviction", async () => {
    const world = openWorld();
    const issue = world.issue();
    const fault = world.forge.faults.add(({ method, path }) => method === "GET" && path.includes("/comments/"), 503);
    const pause = say(world, issue, "/afk pause");
    await world.later(60);
    expect(world.reactions(issue, pause)).toEqual([]);
    await evict(world);
    fault.remove();
    await world.later(60);
    expect(world.reactions(issue, pause)).toEqual(["+1"]);
  });

  it("is answered over a comment that names a run no ledger knows, and that goes on being named", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const named = /runs=([0-9a-f]+\/[\w-]+) -->/.exec(world.comment(issue))?.[1] ?? "none";
    await runInDurableObject(world.ledger(), async (_instance, state) => {
      await state.storage.deleteAlarm();
      await state.storage.deleteAll();
    });
    say(world, issue, "/afk why");
    await world.later(60);
    expect(world.comment(issue)).toContain("Why, asked by ada: ");
    expect(world.comment(issue)).toContain(`runs=${named} -->`);
    expect(world.comments(issue)).toHaveLength(2);
    expect(world.turns()).toHaveLength(1);
  });

  it("one that is told long after it was written counts for nothing", async () => {
    const world = openWorld();
    const issue = world.issue();
    const pause = say(world, issue, "/afk pause");
    world.nowMs += 11 * 60_000;
    await world.later(60);
    expect(world.reactions(issue, pause)).toEqual([]);
    expect(world.wrote()).toEqual([]);
  });

  it.each([
    "> /afk pause",
    "```\n/afk pause\n```",
    "    /afk pause",
    "Please\n/afk pause",
    "/afk pause now",
    "`/afk pause`",
  ])("no command, and not a read: %j", async (body) => {
    const world = openWorld();
    const issue = world.issue();
    await world.later(2);
    const asked = world.asked.length;
    say(world, issue, body);
    await world.later(60);
    expect(world.asked.slice(asked).filter((one) => one.includes("/comments"))).toEqual([]);
    expect(world.wrote()).toEqual([]);
  });

  it("our own words are no command", async () => {
    const world = openWorld();
    const issue = world.issue();
    world.people.setPermission(REPO, US, "admin");
    say(world, issue, "<!-- afk --> /afk pause", US);
    await world.later(60);
    expect(world.wrote()).toEqual([]);
  });
});
