/** What a run has spent, in words for people. */
import type { Run } from "./run.ts";
import { inline } from "./text.ts";

/** Said when the run is over: figures that move at each look would be a new text at each look. Null: nothing ran. */
export function spentLine(run: Run): string | null {
  if (run.outcome === null || !run.turns.some((turn) => turn.startedTurnId !== null)) return null;
  const { tokens, usd } = run.spend;
  if (tokens === null) return "Spent: unknown, no look saw any tokens.";
  return `Spent at least ${grouped(tokens)} tokens, ${usd === null ? `cost unknown (${whyUnpriced(run)})` : dollars(usd)}.`;
}

function whyUnpriced({ usage }: Run): string {
  const model = usage?.unpriced ?? null;
  if (model === null) return "the executor names no model";
  // As code where it can be shown as it is: in there no escape is understood.
  return `no price for ${/^[\w./:@+-]{1,100}$/.test(model) ? `\`${model}\`` : inline(model, 100)}`;
}

export function dollars(usd: number): string {
  return usd > 0 && usd < 0.01 ? "less than $0.01" : `$${usd.toFixed(2)}`;
}

/** 1,234,567. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
