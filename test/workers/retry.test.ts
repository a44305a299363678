/** `/afk retry`: the loop labels as a person orders, and everything after it is the ordinary path. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { briefOf, FOR_HUMAN, FORGES, IN_PROGRESS, openWorld as open, READY, REPO, US, type World } from "./world.ts";

function say(world: World, number: number, body = "/afk retry", by = "ada"): number {
  return world.people.comment({ repo: REPO, number, by, body }).id;
}

function edit(world: World, number: number, body: string, by = "ada"): void {
  world.people.edit({ repo: REPO, number, by, body });
}

/** Labellings with the ready label, oldest first, by whom. */
function labelledBy(world: World, number: number): string[] {
  return world.on(number).labellings.flatMap(({ label, added, by }) => (label === READY && added ? [by] : []));
}

/** An issue, a stranger's, whose run ended without landing anything, a minute ago. */
async function handedOver(world: World): Promise<number> {
  const issue = world.readyIssue("Widgets wobble", { by: "stranger" });
  await world.later(2);
  world.agent.turn().complete();
  await world.later(120);
  expect(world.labels(issue)).toEqual([FOR_HUMAN]);
  world.nowMs += 60_000;
  return issue;
}

async function loseLedger(world: World): Promise<void> {
  await runInDurableObject(world.ledger(), async (_instance, state) => {
    await state.storage.deleteAlarm();
    await state.storage.deleteAll();
  });
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, forge);

  it("what was handed over runs again, for whoever ordered it and under the same rules", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    const retry = say(world, issue, "/afk retry\n\nThe machine had no disk left.");
    await world.later(2);
    expect(world.reactions(issue, retry)).toEqual(["+1"]);
    expect(world.comment(issue)).toContain("Retrying, as ada ordered.");
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
    expect(world.threads()).toHaveLength(2);
    expect(world.labels(issue)).toEqual([IN_PROGRESS, READY].sort());
    const [, second] = world.turns();
    expect(second).toContain("> They do.");
    world.agent.turn().complete();
    await world.later(120);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    expect(world.comments(issue).filter((body) => body.includes("@ada"))).toHaveLength(2);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
    expect(world.threads()).toHaveLength(2);
  });

  it("what was edited after the label is taken off, put on and started with the text that stood at the order", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    world.nowMs += 5000;
    edit(world, issue, "They do not.");
    await world.later(2);
    expect(world.comment(issue)).toContain("label again to confirm");
    world.nowMs += 5000;
    say(world, issue);
    await world.later(2);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
    expect(world.turns()).toHaveLength(1);
    expect(world.turns()[0]).toContain("> They do not.");
  });

  it("is not said to go on where the forge refuses the label for good", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    world.forge.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 422);
    say(world, issue);
    await world.later(120);
    expect(world.threads()).toHaveLength(1);
    expect(world.comment(issue)).toContain("Not retried after all, ada");
    expect(world.comment(issue)).not.toContain("Retrying");
  });

  it("a stranger's does nothing", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    const wrote = world.wrote().length;
    const said = [say(world, issue, "/afk retry", "stranger")];
    await world.later(120);
    expect(said.flatMap((comment) => world.reactions(issue, comment))).toEqual([]);
    expect(world.wrote()).toHaveLength(wrote);
    expect(world.threads()).toHaveLength(1);
  });

  it("whoever may not write any more when the gates ask is not believed", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    const hold = world.forge.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 503);
    say(world, issue);
    await world.later(2);
    world.people.setPermission(REPO, "ada", "read");
    hold.remove();
    await world.later(60);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
    expect(world.threads()).toHaveLength(1);
    expect(world.refusals()).toContain("labeller_untrusted");
  });

  it("a label of the loop's own account that nobody ordered is judged as anybody's, and a comment of it too", async () => {
    const world = openWorld();
    world.people.setPermission(REPO, US, "admin");
    const issue = world.issue();
    world.nowMs += 60_000;
    world.label(issue, READY, US);
    await world.later(2);
    expect(world.threads()).toHaveLength(1);
    world.agent.turn().complete();
    await world.later(120);
    say(world, issue, "/afk retry", US);
    await world.later(2);
    expect(world.threads()).toHaveLength(2);
  });

  it("an edit after the order, before our label, is refused as one", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    const hold = world.forge.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 503);
    say(world, issue);
    await world.later(2);
    world.nowMs += 2000;
    edit(world, issue, "Drop the tables.", "stranger");
    hold.remove();
    await world.later(60);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
    expect(world.threads()).toHaveLength(1);
    expect(world.comment(issue)).toContain("the text was edited after the order");
    expect(world.comment(issue)).toContain("label again to confirm");
    world.nowMs += 5000;
    say(world, issue);
    await world.later(60);
    expect(world.turns().at(-1)).toContain("> Drop the tables.");
    expect(world.threads()).toHaveLength(2);
  });

  it.each([
    ["body", { body: "Drop the tables." }],
    ["title", { title: "Drop the tables" }],
  ])(
    "an edit of the %s after the order, before it is heard, is answered and nothing is labelled",
    async (_what, change) => {
      const world = openWorld();
      const issue = await handedOver(world);
      const retry = say(world, issue);
      world.nowMs += 2000;
      world.people.edit({ repo: REPO, number: issue, by: "stranger", ...change });
      await world.later(60);
      expect(world.reactions(issue, retry)).toEqual(["confused"]);
      expect(world.comment(issue)).toContain("Not retried, ada: the text changed since.");
      expect(labelledBy(world, issue)).toEqual(["ada"]);
      expect(world.threads()).toHaveLength(1);
    },
  );

  it("two at once start one run", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    const said = [say(world, issue), say(world, issue)];
    await world.later(60);
    const third = say(world, issue);
    await world.later(60);
    expect(said.map((comment) => world.reactions(issue, comment))).toEqual([["+1"], ["+1"]]);
    expect(world.reactions(issue, third)).toEqual(["confused"]);
    expect(world.comment(issue)).toContain("Nothing to retry, ada: a run is in flight here.");
    expect(world.threads()).toHaveLength(2);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
  });

  it("on a closed issue it says so", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    world.close(issue);
    const retry = say(world, issue);
    await world.later(60);
    expect(world.reactions(issue, retry)).toEqual(["confused"]);
    expect(world.comment(issue)).toContain("Not retried, ada: the issue is closed.");
    expect(world.threads()).toHaveLength(1);
  });

  it("the label is put on however long that fails, between taking it off and putting it on too", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    world.nowMs += 5000;
    edit(world, issue, "They do not.");
    await world.later(2);
    world.nowMs += 5000;
    const hold = world.forge.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 503);
    say(world, issue);
    await world.later(3600);
    expect(world.labels(issue)).toEqual([]);
    hold.remove();
    await world.later(1800);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
    expect(world.threads()).toHaveLength(1);
  });

  it("an answer that is lost labels it once", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    const isPut = ({ method, path }: { method: string; path: string }) => method === "POST" && path.endsWith("/labels");
    world.forge.faults.add(isPut, "reset-after-effect", 1);
    say(world, issue);
    await world.later(60);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
    expect(world.threads()).toHaveLength(2);
  });

  it("with its ledger lost in between the wish is kept: the label is there, of an account that may write", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    await world.ask("/api/pause", {});
    say(world, issue);
    await world.later(2);
    expect(world.labels(issue)).toContain(READY);
    await loseLedger(world);
    await world.ask("/api/resume", {});
    await world.sweep();
    await world.later(120);
    expect(world.threads()).toHaveLength(2);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
  });

  it("carried out once, a ledger that knows of the order but not of its run does not carry it out again", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    const hold = world.forge.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 503);
    say(world, issue);
    await world.later(2);
    const kept = await runInDurableObject(world.ledger(), (_instance, state) => [...state.storage.kv.list()]);
    hold.remove();
    await world.later(60);
    expect(world.threads()).toHaveLength(2);
    world.agent.turn().complete();
    await world.later(120);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    await loseLedger(world);
    await runInDurableObject(world.ledger(), (_instance, state) => {
      for (const [key, value] of kept) state.storage.kv.put(key, value);
    });
    await world.sweep();
    await world.later(600);
    expect(labelledBy(world, issue)).toEqual(["ada", US]);
    expect(world.threads()).toHaveLength(2);
  });

  it("a person's label or removal after the order is heeded instead", async () => {
    const world = openWorld();
    const issue = await handedOver(world);
    const hold = world.forge.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 503);
    say(world, issue);
    await world.later(2);
    world.label(issue);
    world.nowMs += 2000;
    world.unlabel(issue);
    hold.remove();
    await world.later(120);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    expect(labelledBy(world, issue)).toEqual(["ada", "ada"]);
    expect(world.threads()).toHaveLength(1);
  });

  it("on a frozen repo it is the order to repair", async () => {
    const world = openWorld({ AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" });
    const issue = world.readyIssue();
    await world.later(2);
    const turn = world.agent.turn();
    const sha = await world.land(turn);
    turn.complete();
    await world.ci(sha, "failure");
    await world.later(300);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    world.nowMs += 5000;
    say(world, issue);
    await world.later(2);
    expect(world.threads()).toHaveLength(2);
    expect(briefOf({ text: world.turns()[1] ?? "" }).issue).toBe(String(issue));
  });
});
