/** A turn after its first try: what an answer that was lost would have said, a look may have seen. */
import { describe, expect, test } from "vitest";
import { watch } from "../../lib/loop/watcher.ts";
import { Kit, REPO, Troubles } from "./kit.ts";

const look = (kit: Kit) => watch(kit.loop, kit.run().id, "due", new Troubles());

/** T3 took the first turn, and its answer was lost. */
async function unheard(): Promise<Kit> {
  const kit = new Kit();
  kit.ready();
  await kit.claim();
  const isStart = ({ body }: { body: unknown }) => JSON.stringify(body).includes("thread.turn.start");
  kit.t3.faults.push({ match: isStart, respond: "effect-then-reset", times: 1 });
  await kit.perform();
  expect(kit.run().turns[0]).toMatchObject({ sentAt: expect.any(Number), acceptedAt: null });
  return kit;
}

const first = (kit: Kit) => kit.run().acts.find(({ key }) => key === "turn-1");

describe("a first turn whose answer was lost", () => {
  test("is over once it was seen to start, whatever the gates say by then", async () => {
    const kit = await unheard();
    await look(kit);
    expect(kit.run().turns[0]?.startedTurnId).not.toBeNull();
    expect(first(kit)?.state).toBe("pending");
    kit.scene.later(60);
    kit.scene.github.people.edit({ repo: REPO, number: kit.run().issue.number, by: "ada", body: "Another text." });
    kit.heard();
    await kit.perform();
    expect(first(kit)?.state).toBe("acked");
    expect(kit.heard().filter((one) => one.startsWith("GET /issues"))).toEqual([]);
    expect(kit.t3.dispatched.turns()).toHaveLength(1);
  });
});
