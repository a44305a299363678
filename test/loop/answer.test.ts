/** An agent asks, and the repo is paused before the answer got through. */
import { expect, test } from "vitest";
import { pause, resume } from "../../lib/loop/desk.ts";
import { watch } from "../../lib/loop/watcher.ts";
import { Kit, Troubles } from "./kit.ts";

test("the answer waits for the end of the pause, for the question is never answered anew", async () => {
  const kit = new Kit();
  kit.ready();
  await kit.claim();
  await kit.perform();
  const look = () => watch(kit.loop, kit.run().id, "due", new Troubles());
  await look();
  kit.agent.turn().requestApproval();
  kit.scene.later(30);
  await look();
  const answer = () => kit.run().acts.find(({ deed }) => deed.type === "answer");
  expect(answer()?.state).toBe("pending");
  pause(kit.loop, { at: kit.loop.now(), by: null, via: "api" });
  await kit.perform();
  expect(answer()?.state).toBe("pending");
  expect(kit.t3.dispatched.commands("thread.approval.respond")).toEqual([]);
  resume(kit.loop);
  kit.scene.later(60);
  await kit.perform();
  expect(answer()?.state).toBe("acked");
  expect(kit.t3.dispatched.commands("thread.approval.respond")).toHaveLength(1);
});
