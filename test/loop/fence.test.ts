/** A fence ends only with its thread at rest: a refusal of the executor's is no rest. */
import { expect, it } from "vitest";
import { reconcile } from "../../lib/loop/reconcile.ts";
import { Kit, READY, REPO } from "./kit.ts";

it("an interrupt that is refused is tried again, and holds the repo until the agent is at rest", async () => {
  const kit = new Kit();
  const number = kit.ready();
  await kit.claim();
  await kit.perform();
  expect(kit.t3.dispatched.atWork()).toHaveLength(1);
  const { executor } = kit.loop;
  if (!executor) throw new Error("no executor");
  const interrupt = executor.interrupt.bind(executor);
  executor.interrupt = async () => ({ type: "refused", why: "T3 answered 400" });
  kit.scene.github.people.unlabel({ repo: REPO, number, by: "ada", label: READY });
  const look = async () => {
    kit.scene.later(30);
    kit.loop.store.transaction(() => kit.loop.store.wake(kit.loop.now()));
    await reconcile(kit.loop);
  };
  for (let n = 0; n < 4; n++) await look();
  expect(kit.t3.dispatched.atWork()).toHaveLength(1);
  expect(kit.run().settledAt).toBeNull();
  executor.interrupt = interrupt;
  for (let n = 0; n < 4; n++) await look();
  expect(kit.t3.dispatched.atWork()).toEqual([]);
  expect(kit.run().settledAt).not.toBeNull();
});

it("an agent that heeds no interrupt gets one more each start deadline, and a person is told at the second", async () => {
  const kit = new Kit();
  const number = kit.ready();
  await kit.claim();
  await kit.perform();
  const turn = kit.agent.turn();
  turn.onInterrupt = () => {};
  kit.scene.github.people.unlabel({ repo: REPO, number, by: "ada", label: READY });
  const interruptsAfter = async (seconds: number) => {
    for (let s = 0; s < seconds; s += 30) {
      kit.scene.later(30);
      kit.loop.store.transaction(() => kit.loop.store.wake(kit.loop.now()));
      await reconcile(kit.loop);
    }
    return turn.interrupts;
  };
  const told = () => kit.log.filter(({ msg }) => msg.includes("does not come to rest; once its agent has ended"));
  expect(await interruptsAfter(120)).toBe(1);
  expect(told()).toEqual([]);
  expect(await interruptsAfter(300)).toBe(2);
  expect(told()).toHaveLength(1);
  expect(await interruptsAfter(300)).toBe(3);
  expect(told()).toHaveLength(1);
  turn.complete();
  await interruptsAfter(60);
  expect(kit.run().settledAt).not.toBeNull();
});
