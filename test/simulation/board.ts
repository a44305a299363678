/** Rule 6, of the message in the channel. */
import type { Run } from "../../lib/core/run.ts";
import { ENDINGS } from "./bells.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

/** It tells how a run that is settled has ended. */
export function checkBoard(world: World, rules: Rules, run: Run): void {
  const board = world.slack.messages.find((one) => run.messages.slack?.endsWith(`/${one.ts}`));
  const show = run.acts.find(({ deed }) => deed.type === "show" && deed.notifier === "slack");
  if (!board || !run.outcome || run.outcome.givenBack || show?.state !== "acked") return;
  if (!JSON.stringify(board).includes(ENDINGS[run.outcome.type]))
    rules.broken(6, `the message in the channel does not tell how run ${run.id} ended (${run.outcome.type})`);
}
