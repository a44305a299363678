/** What agents spend, whether the executor tells it, and what it costs. */
import type { Price } from "../../lib/core/config.ts";
import type { ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import { count } from "./coverage.ts";
import type { Random } from "./random.ts";

export interface SpendWeather {
  /** False: the executor reports no tokens. */
  reports: boolean;
  /** Of every model; null: none is set. */
  price: Price | null;
  /** So little that an agent may well spend it; null: more than any will. */
  budgetUsd: number | null;
}

/** In dollars a request costs some ten cents to a dollar. */
export const PRICE: Price = { in: 1, out: 10 };
const INPUT_MAX = 200_000;
const OUTPUT_MAX = 40_000;
export const REQUEST_TOKENS_MAX = INPUT_MAX + OUTPUT_MAX;
/** About one seed in forty has a budget that is met. */
const TIGHT_SHARE = 0.07;
const BUDGETS_USD = [0.3, 1, 2];

export function drawSpending(random: Random): SpendWeather {
  const reports = random.chance(0.85);
  const price = random.chance(0.7) ? PRICE : null;
  const budgetUsd = random.chance(TIGHT_SHARE) ? random.pick(BUDGETS_USD) : null;
  // A budget without a sum to hold against it is met by nobody.
  return budgetUsd === null ? { reports, price, budgetUsd } : { reports: true, price: PRICE, budgetUsd };
}

/** By the model's own name or by its instance, as an operator may write it. */
export function spendSettings(random: Random, { price, budgetUsd }: SpendWeather): Record<string, string> {
  const model = random.pick(["claude-sonnet-4-6", "claudeAgent/claude-sonnet-4-6"]);
  return {
    ...(price === null ? {} : { AFK_PRICES: JSON.stringify({ [model]: price }) }),
    ...(budgetUsd === null ? {} : { AFK_BUDGET_USD: String(budgetUsd) }),
  };
}

/** One step of an agent's work: a request or two. */
export function spendSome(turn: ScriptedTurn, random: Random): void {
  for (let requests = random.int(1, 2); requests > 0; requests--)
    turn.spend(random.int(10_000, INPUT_MAX), random.int(1_000, OUTPUT_MAX));
}

export function countSpending({ reports, price }: SpendWeather): void {
  if (!reports) count("fault", "executor-reports-none");
  count("fault", price === null ? "model-unpriced" : "model-priced");
}
