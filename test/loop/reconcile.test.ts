import { describe, expect, test } from "vitest";
import { reconcile } from "../../lib/loop/reconcile.ts";
import { Kit } from "./kit.ts";

const POLL_MS = 30_000;

/** Nothing wakes the repo; its candidates are to be asked for half a poll from now. */
function waiting(): { kit: Kit; at: number } {
  const kit = new Kit();
  const at = kit.loop.now() + POLL_MS / 2;
  kit.loop.store.putRepo({ ...kit.loop.store.repo(), nextLookAt: at });
  return { kit, at };
}

describe("the time at which candidates are asked for", () => {
  test("is kept by an alarm that rings for something else", async () => {
    const { kit, at } = waiting();
    await reconcile(kit.loop);
    expect(kit.heard()).toEqual([]);
    expect(kit.loop.store.repo().nextLookAt).toBe(at);
  });

  test("ends with the asking, where there is none", async () => {
    const { kit, at } = waiting();
    kit.scene.later((at - kit.loop.now()) / 1000);
    await reconcile(kit.loop);
    expect(kit.heard().some((one) => one.startsWith("GET /issues"))).toBe(true);
    expect(kit.loop.store.repo().nextLookAt).toBeNull();
  });

  test("is set by a command that could not be read", async () => {
    const kit = new Kit();
    kit.loop.store.putRepo({ ...kit.loop.store.repo(), hearing: [{ comment: "9", at: kit.loop.now() }] });
    kit.loop.tracker.comment = async () => ({ known: false, why: "answers 502", auth: false });
    await reconcile(kit.loop);
    expect(kit.loop.store.repo().nextLookAt).toBe(kit.loop.now() + POLL_MS);
  });
});
