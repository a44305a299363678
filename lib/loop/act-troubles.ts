/** An act that fails: when a human is told, and by whom. Of one cause one bell, however many acts meet it. */
import { type Act, ring, TRIES_BEFORE_TELLING } from "../core/acts.ts";
import { redact, withoutRoute } from "../core/text.ts";
import { type Desk, type Loop, notifierNames } from "./loop.ts";
import type { Performed } from "./performed.ts";

/** Refused for good, these end the run, and its ending says why: one bell is enough. */
const TOLD_BY_THE_ENDING = new Set<Act["deed"]["type"]>([
  "stamp",
  "read_back",
  "create_thread",
  "start_turn",
  "propose",
  "close",
]);

/** Whether a human must hear of this try, and has not heard of this act yet. */
export function isTrouble(before: Act, after: Act, result: Performed): boolean {
  if (before.told) return false;
  if (result.type === "refused") return !TOLD_BY_THE_ENDING.has(before.deed.type);
  if (result.type === "again") return result.tell !== undefined;
  return result.type === "retry" && (result.auth || after.tries >= TRIES_BEFORE_TELLING);
}

/**
 * Whether a human was told of what keeps this act, by another that still waits for the same or by a look. It is asked at
 * each try: an act that goes on failing once that is mended has a cause of its own.
 */
export function isToldByOthers(loop: Desk & { held: string[] }, one: Act, result: Performed): boolean {
  if (result.type !== "retry") return false;
  const cause = causeOf(loop, result.why);
  const trouble = loop.store.repo().troubles[one.system];
  if (trouble?.told && causeOf(loop, trouble.why) === cause) return true;
  return toldCauses(loop, one.system).has(cause);
}

/** Why acts to this system fail of which a human was told, each without what was asked. */
export function toldCauses(loop: Desk & { held: string[] }, system: string): Set<string> {
  const waiting = loop.store
    .acts()
    .flat()
    .filter((one) => one.state === "pending" && one.told && one.system === system);
  return new Set(waiting.map(({ error }) => causeOf(loop, error ?? "")));
}

export function causeOf({ held }: { held: string[] }, why: string): string {
  return withoutRoute(redact(why, held));
}

/** Through another channel than the one that fails; a notifier's failure is told by the others and on the issue. */
export function tellOthers(loop: Loop, one: Act, result: Performed): void {
  const why = "why" in result ? redact(result.why, loop.held) : "";
  const system = (result.type === "again" ? result.tell : undefined) ?? one.system;
  loop.log({
    level: "error",
    msg: `${system}: ${one.key} ${result.type}: ${why}`,
    code: "trouble",
  });
  const detail = `${one.key}: ${why}`;
  const now = loop.now();
  const notifiers = notifierNames(loop);
  const told = one.deed.type === "ring" && one.deed.bell.type === "trouble" ? one.deed.bell : null;
  if (told?.ofBell) return;
  const names = notifiers.filter((name) => name !== system);
  const repo = loop.store.repo();
  const ofBell = told !== null && notifiers.includes(told.system);
  // A comment that is refused under a known id is tried once more, without it.
  const over = result.type === "refused" && one.deed.type !== "comment";
  const bell = { type: "trouble", system, detail, ...(over ? { over } : {}), ...(ofBell ? { ofBell } : {}) } as const;
  const rings = names.map((name) => ring(name, `trouble-${system}-${one.key}-${one.createdAt}`, bell, now));
  loop.store.putRepo({ ...repo, acts: [...repo.acts.filter((act) => act.state === "pending"), ...rings] });
}
