/** A fence ends only with its thread at rest: a refusal of the executor's is no rest. */
import { expect, it } from "vitest";
import { known, type ThreadView } from "../../lib/core/types.ts";
import { reconcile } from "../../lib/loop/reconcile.ts";
import { Kit, READY, REPO } from "./kit.ts";

/** A run whose agent is at work. */
async function atWork() {
  const kit = new Kit();
  const number = kit.ready();
  await kit.claim();
  await kit.perform();
  const { executor } = kit.loop;
  if (!executor) throw new Error("no executor");
  return { kit, number, executor };
}

async function looks(kit: Kit, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    kit.scene.later(30);
    kit.loop.store.transaction(() => kit.loop.store.wake(kit.loop.now()));
    await reconcile(kit.loop);
  }
}

/** Threads look otherwise than they are, to both reads. */
function disguise({ loop }: Kit, seen: (view: ThreadView) => ThreadView): void {
  const { executor, fleet } = loop;
  if (!executor) throw new Error("no executor");
  const thread = executor.thread.bind(executor);
  executor.thread = async (id) => {
    const view = await thread(id);
    return view.known && view.value ? known(seen(view.value)) : view;
  };
  const snapshot = fleet.snapshot.bind(fleet);
  fleet.snapshot = async (maxAgeMs) => {
    const reading = await snapshot(maxAgeMs);
    return reading.known ? known({ ...reading.value, threads: reading.value.threads.map(seen) }) : reading;
  };
}

it("an interrupt that is refused is tried again, and holds the repo until the agent is at rest", async () => {
  const { kit, number, executor } = await atWork();
  expect(kit.t3.dispatched.atWork()).toHaveLength(1);
  const interrupt = executor.interrupt.bind(executor);
  executor.interrupt = async () => ({ type: "refused", why: "T3 answered 400" });
  kit.scene.github.people.unlabel({ repo: REPO, number, by: "ada", label: READY });
  await looks(kit, 4);
  expect(kit.t3.dispatched.atWork()).toHaveLength(1);
  expect(kit.run().settledAt).toBeNull();
  executor.interrupt = interrupt;
  await looks(kit, 4);
  expect(kit.t3.dispatched.atWork()).toEqual([]);
  expect(kit.run().settledAt).not.toBeNull();
});

it("a thread whose state nobody understands is told of, by the looks and by the fence, each once it has lasted", async () => {
  const { kit, number } = await atWork();
  let isUnderstood = false;
  disguise(kit, (view) => (isUnderstood ? view : { ...view, state: "unknown" }));
  const told = (words: string) => kit.log.filter(({ code, msg }) => code === "trouble" && msg.includes(words)).length;
  await looks(kit, 9);
  expect(told("not understood")).toBe(0);
  await looks(kit, 2);
  expect(told(`#${number}: the thread is in a state that is not understood`)).toBe(1);
  kit.scene.github.people.unlabel({ repo: REPO, number, by: "ada", label: READY });
  await looks(kit, 8);
  expect(told("/afk release")).toBe(0);
  await looks(kit, 8);
  expect(told("/afk release")).toBe(1);
  expect(kit.run().settledAt).toBeNull();
  isUnderstood = true;
  await looks(kit, 4);
  expect(kit.run().settledAt).not.toBeNull();
});

it("an agent that heeds no interrupt gets one more each start deadline, and a person is told at the second", async () => {
  const { kit, number } = await atWork();
  const turn = kit.agent.turn();
  turn.onInterrupt = () => {};
  kit.scene.github.people.unlabel({ repo: REPO, number, by: "ada", label: READY });
  const interruptsAfter = async (seconds: number) => {
    await looks(kit, seconds / 30);
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

it.each([
  ["comes up is interrupted", true, { interrupts: 1, deleted: 0 }],
  ["never does is removed after the start deadline", false, { interrupts: 0, deleted: 1 }],
])("an agent whose session is starting, and who %s", async (_, comesUp, { interrupts, deleted }) => {
  const { kit, number } = await atWork();
  const { turns } = kit.agent;
  let isUp = false;
  disguise(kit, (view) => (isUp ? view : { ...view, state: "never_started", turnId: null, isStarting: true }));
  kit.scene.github.people.unlabel({ repo: REPO, number, by: "ada", label: READY });
  await looks(kit, 4);
  expect(kit.run().acts.find(({ key }) => key.startsWith("fence"))?.state).toBe("pending");
  expect(kit.t3.dispatched.commands("thread.delete")).toEqual([]);
  isUp = comesUp;
  await looks(kit, 14);
  expect(kit.run().settledAt).not.toBeNull();
  expect(turns[0]?.interrupts).toBe(interrupts);
  expect(kit.t3.dispatched.commands("thread.delete")).toHaveLength(deleted);
});
