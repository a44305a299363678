/**
 * What the forge shows of runs this ledger knows nothing of. It may have been lost, or restored from an older copy, and
 * another deployment has a ledger of its own: none of them can be told from inside, so the forge is asked at every start.
 */
import { markedRuns, markerPrefix } from "../core/markers.ts";
import { known, type Reading } from "../core/types.ts";
import type { Gathered } from "./gathered.ts";
import type { Loop } from "./loop.ts";

export async function readTraces(
  loop: Loop,
  gathered: Gathered,
  number: number,
): Promise<NonNullable<Gathered["facts"]["traces"]>> {
  const ranAs = await runInComment(loop, gathered, number);
  if (!ranAs.known) return ranAs;
  gathered.shared.inProgress ??= await heldByNobody(loop);
  const held = gathered.shared.inProgress;
  // Its own label is judged by itself.
  return held.known ? known({ ranAs: ranAs.value, inProgress: held.value.filter((one) => one !== number) }) : held;
}

/** The run our own comment names for this label event, if the ledger has none of that name. */
async function runInComment(loop: Loop, gathered: Gathered, number: number): Promise<Reading<string | null>> {
  const labelEvent = gathered.facts.wish?.known ? gathered.facts.wish.value.labelEvent : null;
  const repoId = gathered.repoFacts?.id ?? loop.store.repo().facts?.id;
  if (!labelEvent || !repoId) return known(null);
  const comments = await loop.tracker.comments(number);
  if (!comments.known) return comments;
  const ours = comments.value.filter((one) => one.ours && one.body.includes(markerPrefix(repoId, number)));
  const ran = ours.flatMap((one) => markedRuns(one.body, repoId, number));
  const unknown = ran.find((pair) => pair.labelEvent === labelEvent.id && loop.store.run(pair.run) === null);
  return known(unknown?.run ?? null);
}

/** Open issues in progress that no run of ours holds. */
async function heldByNobody(loop: Loop): Promise<Reading<number[]>> {
  const listed = await loop.tracker.candidates(loop.settings.config.labels.inProgress);
  if (!listed.known) return listed;
  const numbers = listed.value.map((one) => one.number).filter((number) => !isOurs(loop, number));
  return known(numbers.sort((one, other) => one - other));
}

/** A run of ours is in flight there, or has ended and was refused the removal of its label. */
function isOurs(loop: Loop, number: number): boolean {
  const last = loop.store.issue(number)?.runs.at(-1);
  const run = last === undefined ? null : loop.store.run(last);
  if (run === null || run.settledAt === null) return run !== null;
  return run.acts.some(
    ({ deed, state }) => deed.type === "remove_label" && deed.label === "inProgress" && state === "refused",
  );
}
