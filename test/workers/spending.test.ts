/** What a run costs, from what its thread reports, and the budget that stops it. */
import { describe, expect, it } from "vitest";
import { FOR_HUMAN, FORGES, openWorld as open, type World } from "./world.ts";

const MILLION = 1_000_000;
const MODEL = "claudeAgent/claude-opus-4";
const SETTINGS = { AFK_BUDGET_USD: "5", AFK_PRICES: JSON.stringify({ [MODEL]: { in: 1, out: 2 } }) };
const LOOK_S = 31;

async function shown(world: World): Promise<{ outcome: string | null; spend: unknown }> {
  const { body } = await world.board(`/api/runs?repo=${world.key}`);
  const [run] = (body as { runs: { outcome: string | null; spend: unknown }[] }).runs;
  if (run === undefined) throw new Error("no run is shown");
  return { outcome: run.outcome, spend: run.spend };
}

/** Reads of one thread by itself. */
function reads(world: World): number {
  return world.asked.filter((one) => /^GET .*\/orchestration\/threads\//.test(one)).length;
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open({ ...SETTINGS, ...changed }, forge);

  it("an agent past its budget is interrupted in mid-turn and handed over with the figures", async () => {
    const world = openWorld();
    const issue = await world.atWork();
    world.agent.turn().spend(MILLION, MILLION);
    await world.later(LOOK_S);
    expect(await shown(world)).toEqual({ outcome: null, spend: { tokens: 2 * MILLION, usd: 3 } });
    world.agent.turn().spend(MILLION, 0);
    await world.later(LOOK_S);
    expect(world.agent.turn().interrupts).toBe(0);
    world.agent.turn().spend(MILLION, MILLION);
    await world.later(LOOK_S);
    expect(world.agent.turn().interrupts).toBe(1);
    expect(world.t3.dispatched.atWork()).toEqual([]);
    expect(world.commands()).not.toContain("thread.delete");
    expect(await shown(world)).toEqual({ outcome: "escalated", spend: { tokens: 5 * MILLION, usd: 7 } });
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    const why = "the run's budget of $5.00 is spent ($7.00, 5,000,000 tokens).";
    expect(world.comments(issue).find((body) => body.startsWith("<!-- afk-hand-over:"))).toContain(why);
    expect(world.comment(issue)).toContain("Spent at least 5,000,000 tokens, $7.00.");
    expect(world.bells().join()).toContain("Spent at least 5,000,000 tokens, $7.00.");
    expect(world.phoneBells().join()).toContain(why);
    await world.later(3600);
    expect(world.turns()).toHaveLength(1);
  });

  it("past it in a fix, the repo is frozen; each turn counts at the price of its own model", async () => {
    const world = openWorld({ AFK_PRICES: JSON.stringify({ [MODEL]: { in: 1, out: 2 }, dear: { in: 3, out: 3 } }) });
    const issue = await world.atWork();
    world.agent.turn().spend(MILLION, 0);
    await world.later(LOOK_S);
    const sha = await world.land(world.agent.turn());
    world.agent.turn().complete();
    await world.ci(sha, "failure");
    await world.later(LOOK_S);
    expect(world.turns()).toHaveLength(2);
    world.t3.setModel(world.threads()[0] ?? "", { instanceId: "codex", model: "dear" });
    world.agent.turn().spend(MILLION, 0);
    await world.later(LOOK_S);
    expect(await shown(world)).toEqual({ outcome: null, spend: { tokens: 2 * MILLION, usd: 4 } });
    world.agent.turn().spend(0, MILLION);
    await world.later(LOOK_S);
    expect(world.agent.turn().interrupts).toBe(1);
    expect(world.comment(issue)).toContain("nothing else starts in this repo");
    expect(await shown(world)).toEqual({ outcome: "frozen", spend: { tokens: 3 * MILLION, usd: 7 } });
  });

  it.each([
    ["an executor that reports no tokens", {}, false, null, "Spent: unknown, no look saw any tokens."],
    [
      "a model without a price",
      { AFK_PRICES: undefined },
      true,
      18 * MILLION,
      `Spent at least 18,000,000 tokens, cost unknown (no price for \`${MODEL}\`).`,
    ],
  ])("%s is stopped by no budget, and shown as unknown", async (_name, changed, reports, tokens, words) => {
    const world = openWorld(changed);
    world.t3.setReportsTokens(reports);
    const issue = await world.atWork();
    world.agent.turn().spend(9 * MILLION, 9 * MILLION);
    await world.later(LOOK_S);
    expect(world.agent.turn().interrupts).toBe(0);
    const sha = await world.land(world.agent.turn());
    world.agent.turn().complete();
    await world.ci(sha, "success");
    await world.later(LOOK_S);
    expect(await shown(world)).toEqual({ outcome: "closed", spend: { tokens, usd: null } });
    expect(world.comment(issue)).toContain(words);
  });

  it("is read once a look while its agent shows life, once more at rest, and not while CI is waited for", async () => {
    const world = openWorld();
    await world.atWork();
    await world.later(LOOK_S);
    const begun = reads(world);
    await world.later(4 * LOOK_S);
    expect(reads(world)).toBe(begun);
    world.agent.turn().spend(1, 1);
    await world.later(LOOK_S);
    expect(reads(world)).toBe(begun + 1);
    const sha = await world.land(world.agent.turn());
    world.agent.turn().spend(1, 1);
    world.agent.turn().complete();
    await world.later(2 * LOOK_S);
    expect(reads(world)).toBe(begun + 2);
    // What came between the last look and the end no answer shows any more.
    expect((await shown(world)).spend).toMatchObject({ tokens: 2 });
    await world.forge.ci.createWorkflowRun({ repo: "octo/widgets", sha, branch: "main", by: "ada" });
    await world.later(10 * LOOK_S);
    expect(reads(world)).toBe(begun + 2);
  });

  it("a read that fails spends nothing, ends nothing and is told; the next one counts", async () => {
    const world = openWorld();
    await world.atWork();
    const isOwnRead = (asked: { path: string }) => asked.path.includes("/orchestration/threads/");
    world.t3.faults.push({ match: isOwnRead, respond: { status: 503 }, times: 12 });
    world.agent.turn().spend(9 * MILLION, 9 * MILLION);
    await world.later(11 * LOOK_S);
    expect(await shown(world)).toEqual({ outcome: null, spend: { tokens: null, usd: null } });
    expect(world.bells().join() + world.phoneBells().join()).toContain("executor needs a human");
    await world.later(3 * LOOK_S);
    expect(await shown(world)).toMatchObject({ outcome: "escalated", spend: { tokens: 18 * MILLION } });
  });
});
