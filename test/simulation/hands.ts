/** Rule 6, asked of the forge's own records when the calm is over: what our hands did to an issue is what the run's ending asks for. */
import type { Outcome, Run } from "../../lib/core/run.ts";
import type { Deed } from "./records.ts";
import type { Rules } from "./rules.ts";
import { FOR_HUMAN, US, type World } from "./world.ts";

/** The runs of the same issue that came just before and after it. */
interface Neighbours {
  before: Run | undefined;
  next: Run | undefined;
}

export function checkHands(world: World, rules: Rules, repo: string, run: Run, neighbours: Neighbours): void {
  const { outcome } = run;
  if (outcome === null) return;
  const where = `${repo}#${run.issue.number} (run ${run.id}, ${outcome.type}: ${outcome.reason.code})`;
  const deeds = ours(world, repo, run, neighbours);
  const closed = deeds.some((one) => one.what === "closed") && mayNotClose(outcome) && !wasMergedByUs(world, repo, run);
  switch (outcome.type) {
    case "withdrawn":
      if (closed) rules.broken(6, `we closed what was taken back: ${where}`);
      if (deeds.some((one) => one.what === "labeled" && one.label === FOR_HUMAN))
        rules.broken(6, `we called people to what was taken back: ${where}`);
      return;
    case "escalated":
    case "frozen":
      if (closed) rules.broken(6, `we closed what is handed over: ${where}`);
      return;
    default:
      return;
  }
}

/** From its claim to the next one; without what the keyword of a commit closes. */
function ours(world: World, repo: string, run: Run, { before, next }: Neighbours): Deed[] {
  // In the whole seconds of the forge's clock. The second of a claim is still that of the run before: a claim only stamps.
  const second = (at: number) => Math.floor((at + world.weather.forgeAheadMs) / 1000) * 1000;
  const from = before === undefined ? second(run.startedAt) : second(run.startedAt) + 1;
  const until = next === undefined ? Number.POSITIVE_INFINITY : second(next.startedAt);
  const history = world.records.history(repo, run.issue.number) ?? [];
  return history.filter((one) => one.by === US && one.at >= from && one.at <= until && one.commit === null);
}

/** Whether no close was ever decided: reopened or refused, one is what led to the ending. */
function mayNotClose({ reason }: Outcome): boolean {
  return reason.code !== "close_refused" && !(reason.code === "withdrawn_by_person" && reason.how === "reopened");
}

/** A keyword in the text of what is merged closes too, by the hand of who merges it. */
function wasMergedByUs(world: World, repo: string, run: Run): boolean {
  return world.forge.pulls.all(repo).some((one) => one.branch === run.branch && one.mergedBy === US);
}
