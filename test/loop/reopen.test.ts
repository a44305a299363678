/** What our landing closed, and its run then left to people. */
import { expect, test } from "vitest";
import { type Comparison, known, type Reading } from "../../lib/core/types.ts";
import { reopen } from "../../lib/loop/deeds-forge.ts";
import { anEvent, anOutcome, aRun, SHA, SHA2, UNREADABLE } from "../core/kit.ts";
import { Kit } from "./kit.ts";

const HOUR = 3_600_000;
const landing = (...shas: string[]): Reading<Comparison> =>
  known({ head: SHA, commits: shas.map((sha) => ({ sha, message: "", parents: [] })) });

/** Closed by a commit that may have landed with ours: what becomes of the try, and of the issue. */
async function tried(trunk: Reading<Comparison>, afterMs = 0) {
  const kit = new Kit();
  const number = kit.ready();
  const { tracker, now } = kit.loop;
  await tracker.close(number);
  const issue = async () => {
    const read = await tracker.issue(number);
    if (!read.known || read.value.type === "gone") throw new Error("no issue");
    return read.value.issue;
  };
  tracker.events = async () => known([anEvent({ type: "closed", label: null, commit: SHA2 })]);
  tracker.compare = async () => trunk;
  const outcome = anOutcome({ type: "escalated", decidedAt: now() - afterMs });
  const { id } = await issue();
  const became = await reopen(kit.loop, aRun({ issue: { ...aRun().issue, id, number }, commits: [SHA], outcome }));
  return [became.type, (await issue()).state];
}

test.each([
  ["with ours", landing(SHA2, SHA), 0, ["done", "open"]],
  ["after ours", landing(SHA, SHA2), 0, ["done", "closed"]],
  ["where the trunk cannot be read: it is tried again", UNREADABLE, HOUR - 1, ["retry", "closed"]],
  ["and for an hour the trunk could not be read: its base may be gone", UNREADABLE, HOUR, ["done", "closed"]],
  ["and the trunk is too long to be read", { ...UNREADABLE, tooLong: true } as const, 0, ["done", "closed"]],
])("closed %s", async (_what, trunk, afterMs, expected) => {
  expect(await tried(trunk, afterMs)).toEqual(expected);
});
