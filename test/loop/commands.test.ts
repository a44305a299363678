/** A comment that two webhooks tell of, a repo's and its organization's: each under an id of its own. */
import { expect, test } from "vitest";
import { resume } from "../../lib/loop/desk.ts";
import { reconcile } from "../../lib/loop/reconcile.ts";
import { Kit, REPO } from "./kit.ts";

async function hear(kit: Kit, comment: string): Promise<void> {
  const { store, now } = kit.loop;
  store.putRepo({ ...store.repo(), hearing: [{ comment, at: now() }] });
  await reconcile(kit.loop);
}

const say = (kit: Kit, body: string) => {
  const number = kit.ready();
  return String(kit.scene.github.people.comment({ repo: REPO, number, by: "ada", body }).id);
};
const isPaused = (kit: Kit) => kit.loop.store.repo().paused !== undefined;

test("a pause that an operator ended since is not begun again", async () => {
  const kit = new Kit();
  const pause = say(kit, "/afk pause");
  await hear(kit, pause);
  expect(isPaused(kit)).toBe(true);
  resume(kit.loop);
  await hear(kit, pause);
  expect(isPaused(kit)).toBe(false);
  await hear(kit, say(kit, "/afk pause"));
  expect(isPaused(kit)).toBe(true);
});
