/** A record written by a newer release: its repo is held, the others go on, and /healthz says so. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { FORGES, KEY, openWorld, REPO, type World } from "./world.ts";

const OTHER = "github:octo/gadgets";

async function put(stub: DurableObjectStub, key: string, value: unknown): Promise<void> {
  await runInDurableObject(stub, (_instance, state) => state.storage.kv.put(key, value));
}

it("a newer record of one repo holds that repo: it is written over by nobody, and the sweep reaches the others", async () => {
  const world = openWorld({ AFK_ALLOWLIST: `${KEY},${OTHER}` });
  world.readyIssue();
  await world.sweep();
  await world.later(2);
  expect(world.turns()).toHaveLength(1);
  const ledger = world.ledger();
  const key = await runInDurableObject(
    ledger,
    (_instance, state) => [...state.storage.kv.list({ prefix: "run:" })][0]?.[0],
  );
  await put(ledger, key ?? "", { v: 2 });
  await world.later(120);
  const { body } = await world.get("/healthz");
  expect(body).toMatchObject({
    status: "degraded",
    state: { held: [expect.stringContaining("record has version 2")] },
  });
  expect(JSON.stringify(body)).not.toMatch(/octo|widgets/);
  await world.sweep();
  expect(await runInDurableObject(ledger, (_instance, state) => state.storage.kv.get(key ?? ""))).toEqual({ v: 2 });
  expect(world.asked.some((one) => one.includes("octo/gadgets"))).toBe(true);
  expect(await world.board("/api/runs")).toMatchObject({ status: 200, body: { unread: [KEY] } });
  expect(world.phoneBells().join()).toContain("github:octo/widgets: nothing is done there any more");
  await world.sweep();
  expect(world.phoneBells().filter((text) => text.includes("nothing is done"))).toHaveLength(1);
});

it("so does one of a repo in which nothing is in flight, and it is let go once it can be read again", async () => {
  const world = openWorld();
  world.forgiven.push(/the repo record has version 2/);
  const issue = world.issue();
  await world.sweep();
  await put(world.ledger(), "repo", { v: 2 });
  world.label(issue);
  await world.deliver();
  await world.sweep();
  expect(await held(world)).toHaveLength(1);
  expect(world.phoneBells().join()).toContain("nothing is done there any more");
  await runInDurableObject(world.ledger(), (_instance, state) => state.storage.kv.delete("repo"));
  await world.sweep();
  await world.later(2);
  expect(world.turns()).toHaveLength(1);
  expect(await held(world)).toEqual([]);
});

async function held(world: World): Promise<string[]> {
  const { body } = (await world.get("/healthz")) as { body: { state?: { held: string[] } } };
  return body.state?.held ?? [];
}

it("pausing all is answered, and heard by the others, where one cannot be woken", async () => {
  const world = openWorld({ AFK_ALLOWLIST: `${KEY},${OTHER}` });
  world.readyIssue();
  await world.later(2);
  const ledger = world.ledger();
  const key = await runInDurableObject(
    ledger,
    (_instance, state) => [...state.storage.kv.list({ prefix: "run:" })][0]?.[0],
  );
  await put(ledger, key ?? "", { v: 2 });
  expect(await world.ask("/api/pause", {})).toMatchObject({
    status: 200,
    body: { paused: { all: { by: "an operator" } } },
  });
});

it("a newer record of the fleet holds all: nothing is asked, nothing is written, and /healthz still answers", async () => {
  const world = openWorld();
  const fleet = world.fleet();
  world.forgiven.push(/the fleet record has version 2/);
  await put(fleet, "fleet", { v: 2 });
  world.readyIssue();
  await world.sweep();
  await world.later(2);
  expect(world.turns()).toEqual([]);
  expect(await runInDurableObject(fleet, (_instance, state) => state.storage.kv.get("fleet"))).toEqual({ v: 2 });
  const { status, body } = await world.get("/healthz");
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: "degraded", state: { held: [expect.stringContaining("the fleet record")] } });
});

it("a newer record of the fleet rings once, and once when it can be read again", async () => {
  const world = openWorld();
  const fleet = world.fleet();
  world.forgiven.push(/the fleet record has version 2/);
  await world.sweep();
  const kept = await runInDurableObject(fleet, (_instance, state) => state.storage.kv.get("fleet"));
  await put(fleet, "fleet", { v: 2 });
  const bells = () => world.phoneBells().filter((text) => /nothing is done|can be read/.test(text));
  await world.sweep();
  await world.later(60);
  await world.sweep();
  expect(bells()).toEqual([expect.stringContaining("AFK loop: nothing is done any more")]);
  expect((await world.scrape()).text).toContain('afk_notices{kind="fleet"} 1');
  await put(fleet, "fleet", kept);
  await world.later(60);
  await world.sweep();
  await world.later(60);
  await world.sweep();
  expect(bells().slice(1)).toEqual([expect.stringContaining("AFK loop: its record can be read again")]);
  expect((await world.scrape()).text).toContain('afk_notices{kind="fleet"} 0');
});

it("while disarmed it rings nobody", async () => {
  const world = openWorld({ AFK_KILL_SWITCH: "true" });
  world.forgiven.push(/the fleet record has version 2/);
  await put(world.fleet(), "fleet", { v: 2 });
  await world.sweep();
  expect(world.phoneBells()).toEqual([]);
  expect(world.asked).toEqual([]);
});

it.each(FORGES)(
  "on %s, a comment that names a run no ledger knows goes on naming it, whatever is written over it",
  async (forge) => {
    const world = openWorld({}, forge);
    const issue = world.readyIssue();
    await world.later(2);
    const named = /runs=([0-9a-f]+\/[\w-]+) -->/.exec(world.comment(issue))?.[1] ?? "none";
    await runInDurableObject(world.ledger(), async (_instance, state) => {
      await state.storage.deleteAlarm();
      await state.storage.deleteAll();
    });
    world.nowMs += 60_000;
    world.people.edit({ repo: REPO, number: issue, by: "ada", body: "They do not." });
    await world.later(60);
    expect(world.comment(issue)).toContain("Not started: ");
    expect(world.comment(issue)).toContain(`runs=${named} -->`);
    expect(world.turns()).toHaveLength(1);
  },
);
