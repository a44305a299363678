/** Rule 6, of what tells people that a run has ended: the bells and the message in the channel. */
import type { Run } from "../../lib/core/run.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

/** The words with which whatever tells of it begins. */
export const ENDINGS = {
  closed: "Done:",
  escalated: "Handed over",
  frozen: "Handed over",
  withdrawn: "Withdrawn",
  gone: "The issue is gone",
};

/** Of a run that is settled. */
export function checkHeard(world: World, rules: Rules, run: Run): void {
  checkBells(world, rules, run);
  checkPhone(world, rules, run);
  checkBoard(world, rules, run);
}

/** Loud endings ring once at each notifier; more only where an answer was lost or somebody died. */
function checkBells(world: World, rules: Rules, run: Run): void {
  const ring = run.acts.findLast(
    ({ deed }) => deed.type === "ring" && deed.notifier === "slack" && deed.bell.type === "ended",
  );
  if (!ring || ring.state === "refused" || ring.state === "cancelled") return;
  const key = `afk-${run.id}-${ring.key}`;
  const bells = world.slack.messages.filter((one) => JSON.stringify(one.metadata ?? null).includes(`"${key}"`));
  if (bells.length === 0) rules.broken(6, `no bell for run ${run.id} (${run.outcome?.type})`);
  if (bells.length > 1 + world.mishaps.slack + world.crashes)
    rules.broken(6, `${bells.length} bells for run ${run.id}`);
}

/** What rang on the phone is there; a bell that is noted and was never sent would ring nobody. */
function checkPhone(world: World, rules: Rules, run: Run): void {
  const isRung = run.acts.some(
    ({ deed, state }) =>
      deed.type === "ring" && deed.notifier === "ntfy" && deed.bell.type === "ended" && state === "acked",
  );
  if (!isRung || run.outcome === null) return;
  const title = `${run.repo.owner}/${run.repo.name}#${run.issue.number} `;
  const since = Math.floor(run.outcome.decidedAt / 1000);
  const words = ENDINGS[run.outcome.type];
  if (
    !world.ntfy.messages.some((one) => one.title?.startsWith(title) && one.time >= since && one.message.includes(words))
  )
    rules.broken(6, `the phone did not ring for run ${run.id} (${run.outcome.type})`);
}

/** Its message in the channel tells how it ended. */
function checkBoard(world: World, rules: Rules, run: Run): void {
  const board = world.slack.messages.find((one) => run.messages.slack?.endsWith(`/${one.ts}`));
  const show = run.acts.find(({ deed }) => deed.type === "show" && deed.notifier === "slack");
  if (!board || !run.outcome || run.outcome.givenBack || show?.state !== "acked") return;
  if (!JSON.stringify(board).includes(ENDINGS[run.outcome.type]))
    rules.broken(6, `the message in the channel does not tell how run ${run.id} ended (${run.outcome.type})`);
}
