/**
 * What was seen of an issue's text while the ready label was on, kept by issue: where the forge does not tell when a text
 * was edited, a pin rests on it. Noted at first sight, and before anything of ours is written to the issue.
 */
import type { Pin, Sighting } from "../core/gates.ts";
import { carries } from "../core/issue-record.ts";
import { type Candidate, type IssueFacts, known, type Reading, type TextSeen } from "../core/types.ts";
import type { Desk, Loop } from "./loop.ts";
import type { Troubles } from "./troubles.ts";

/** Of one issue; the oldest give way, and a label whose proof went asks to be put on again. */
const KEPT_MAX = 50;

/** Null: without the label on, a sight proves nothing. */
export function sightOf(desk: Desk, seen: TextSeen): Sighting | null {
  if (!carries(seen.labels, desk.settings.config.labels.ready)) return null;
  return { text: textDigest(desk, seen), updatedIso: seen.updatedIso };
}

export function textDigest(desk: Desk, { title, body }: { title: string; body: string }): string {
  return desk.digest(JSON.stringify([title, body])).slice(0, 32);
}

/** Call it inside a transaction. */
export function noteSeen(desk: Desk, number: number, seen: TextSeen): void {
  const sight = sightOf(desk, seen);
  if (sight === null) return;
  const kept = desk.store.sightings(number);
  if (kept.some((one) => one.text === sight.text && one.updatedIso === sight.updatedIso)) return;
  desk.store.putSightings(number, [...kept, sight].slice(-KEPT_MAX));
}

/**
 * What is labelled while the repo is busy is seen all the same, for by the time it may start anybody may have commented on
 * it, and its delivery may have been lost: then nothing would show that its text is the one that was labelled. While paused
 * nothing is asked.
 */
export async function seeWaiting(loop: Loop, troubles: Troubles): Promise<void> {
  if (loop.tracker.pin.type !== "sightings") return;
  const listed = await loop.tracker.candidates(loop.settings.config.labels.ready);
  troubles.note("forge", listed);
  if (listed.known) noteSights(loop, listed.value);
}

/** Before anything of ours is written to any of them. */
export function noteSights(desk: Desk, candidates: Candidate[]): void {
  const shown = candidates.filter((candidate) => candidate.seen);
  if (shown.length === 0) return;
  desk.store.transaction(() => {
    for (const { number, seen } of shown) if (seen) noteSeen(desk, number, seen);
  });
}

/** What speaks for the text, as the forge allows it: when it was edited last, or what was seen of it. */
export async function pinOf(loop: Loop, issue: IssueFacts, seen: Sighting[]): Promise<Reading<Pin>> {
  const { pin } = loop.tracker;
  if (pin.type === "sightings") return known({ type: "sightings", now: textDigest(loop, issue), seen });
  const edited = await pin.lastEditedIso(issue.number);
  return edited.known ? known({ type: "last_edit", editedIso: edited.value }) : edited;
}
