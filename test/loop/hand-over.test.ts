/** The comment of a run that leaves its trunk red, where who waits for that cannot be read. */
import { expect, test } from "vitest";
import type { Unread } from "../../lib/core/types.ts";
import { writeHandOver } from "../../lib/loop/deeds-forge.ts";
import { anOutcome, aRun, SHA, UNREADABLE } from "../core/kit.ts";
import { Kit } from "./kit.ts";

async function written(unread: Unread) {
  const kit = new Kit();
  const number = kit.ready();
  const { store, tracker, now } = kit.loop;
  const outcome = anOutcome({ type: "frozen", reason: { code: "infra", checks: ["test"] } });
  const run = aRun({ issue: { ...aRun().issue, number }, commits: [SHA], outcome });
  const freeze = { issue: number, sha: SHA, forgeIso: null, at: now(), run: run.id };
  store.putRepo({ ...store.repo(), freeze });
  tracker.candidates = async () => unread;
  const became = await writeHandOver(kit.loop, run);
  const comments = await tracker.comments(number);
  return [became, comments.known && comments.value.length];
}

test("the rest is said all the same", async () => {
  expect(await written(UNREADABLE)).toEqual([{ type: "done", value: null }, 1]);
});

test("with a token that is refused it is tried again, so that people are told of it", async () => {
  const refused = { ...UNREADABLE, auth: true };
  expect(await written(refused)).toEqual([{ type: "retry", why: refused.why, auth: true, afterMs: null }, 0]);
});
