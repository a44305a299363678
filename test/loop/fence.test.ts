/** A fence ends only with its thread at rest: a refusal of the executor's is no rest. */
import { expect, it } from "vitest";
import { known, type ThreadView } from "../../lib/core/types.ts";
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

it("a thread whose state nobody understands is told of, by the looks and by the fence, each once it has lasted", async () => {
  const kit = new Kit();
  const number = kit.ready();
  await kit.claim();
  await kit.perform();
  const { executor } = kit.loop;
  if (!executor) throw new Error("no executor");
  let isUnderstood = false;
  const seen = (view: ThreadView): ThreadView => (isUnderstood ? view : { ...view, state: "unknown" });
  const thread = executor.thread.bind(executor);
  executor.thread = async (id) => {
    const view = await thread(id);
    return view.known && view.value ? known(seen(view.value)) : view;
  };
  const snapshot = kit.loop.fleet.snapshot.bind(kit.loop.fleet);
  kit.loop.fleet.snapshot = async (maxAgeMs) => {
    const reading = await snapshot(maxAgeMs);
    return reading.known ? known({ ...reading.value, threads: reading.value.threads.map(seen) }) : reading;
  };
  const look = async (times: number) => {
    for (let n = 0; n < times; n++) {
      kit.scene.later(30);
      kit.loop.store.transaction(() => kit.loop.store.wake(kit.loop.now()));
      await reconcile(kit.loop);
    }
  };
  const told = (words: string) => kit.log.filter(({ code, msg }) => code === "trouble" && msg.includes(words)).length;
  await look(9);
  expect(told("not understood")).toBe(0);
  await look(2);
  expect(told(`#${number}: the thread is in a state that is not understood`)).toBe(1);
  kit.scene.github.people.unlabel({ repo: REPO, number, by: "ada", label: READY });
  await look(8);
  expect(told("/afk release")).toBe(0);
  await look(8);
  expect(told("/afk release")).toBe(1);
  expect(kit.run().settledAt).toBeNull();
  isUnderstood = true;
  await look(4);
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
