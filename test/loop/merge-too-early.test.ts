/** What a merge waits for beyond a head that is green: CI that has not shown up yet. */
import { expect, test } from "vitest";
import { type Check, known } from "../../lib/core/types.ts";
import { reconcile } from "../../lib/loop/reconcile.ts";
import { Kit } from "./kit.ts";

const check = (name: string, word: string): Check => ({
  ...{ app: "1", workflow: null, name, word },
  ...{ order: 1, url: null, jobId: null, runId: null },
});

/** An agent at work; what CI says of each commit is the test's. */
async function atWork(ci: (sha: string) => Check[]): Promise<Kit> {
  const kit = new Kit({ AFK_LANDING: "pull-request", AFK_MERGE: "when-green" });
  kit.loop.ci.checks = async (sha) => known(ci(sha));
  kit.loop.ci.failure = async () => known({ step: null, logTail: null });
  kit.ready();
  await looks(kit, 8);
  expect(kit.run().turns[0]?.startedTurnId).not.toBeNull();
  return kit;
}

/** So many looks, each when its alarm rings. */
async function looks(kit: Kit, times: number): Promise<void> {
  kit.loop.store.transaction(() => kit.loop.store.wake(kit.loop.now()));
  for (let nth = 0; nth < times; nth++) {
    const at = kit.ledger.alarmAt ?? 0;
    if (at > kit.scene.nowMs) kit.scene.later((at - kit.scene.nowMs) / 1000);
    await reconcile(kit.loop);
  }
}

async function pushes(kit: Kit, message: string): Promise<string> {
  const sha = await kit.scene.push(message, { branch: kit.run().branch });
  kit.agent.turn().complete();
  return sha;
}

const pull = (kit: Kit) => kit.run().proposal?.last?.state;

test("CI that runs for pull requests alone begins with the pull request, and is given its time", async () => {
  const kit = await atWork(() => [check("test", "success")]);
  await pushes(kit, "Steady them");
  await looks(kit, 5);
  expect(pull(kit)).toBe("open");
  const openedAt = kit.run().proposal?.head?.at ?? 0;
  await looks(kit, 10);
  expect(pull(kit)).toBe("merged");
  expect(kit.scene.nowMs - openedAt).toBeGreaterThanOrEqual(kit.loop.settings.config.limits.ciGraceMs);
});

test("a fix is not green before the check that was red has tried it", async () => {
  const e2e = new Map<string, string>();
  const kit = await atWork((sha) => [
    check("test", "success"),
    ...[e2e.get(sha) ?? []].flat().map((word) => check("e2e", word)),
  ]);
  e2e.set(await pushes(kit, "Steady them"), "failure");
  await looks(kit, 8);
  expect(kit.run().attempts).toBe(1);
  const fix = await pushes(kit, "Steady them for good");
  await looks(kit, 3);
  expect(kit.run().proposal).toMatchObject({ head: { value: fix }, verdict: "pending" });
  e2e.set(fix, "failure");
  await looks(kit, 3);
  expect([pull(kit), kit.run().attempts]).toEqual(["open", 2]);
});
