/**
 * What a run has cost so far, from what its thread reports. Pure. It is never more than what was spent, and less where a
 * request began and ended between two looks. A request whose figures are those of the one before it is that one, told again.
 *
 *   a turn's tokens .... of each request that a look saw, once: a read of the thread may be behind
 *   a turn's model ..... the one it was first told with: a person may choose another for the next
 *   a turn's price ..... that of `<instanceId>/<model>`, else of `<model>`, per million tokens
 *   tokens ............. of all turns; null while no turn has told any
 *   usd ................ of all turns; null while there are no tokens, or where one turn's model has no price
 */
import type { Price } from "./setting-reader.ts";
import type { Reading, RequestTokens, TurnUsage } from "./types.ts";

/** Null: nobody said. */
export interface Spend {
  tokens: number | null;
  usd: number | null;
}

export interface TurnTokens {
  input: number;
  output: number;
  /** Absent: nobody said. */
  model?: string;
  /** Of the requests in it, the ids of the last. Absent: counted by a release that knew none. */
  counted?: string[];
  /** The figures of the last. */
  last?: { input: number; output: number };
}

export interface Usage {
  /** As last told. */
  model: string | null;
  /** By turn, as far as reported. */
  turns: Record<string, TurnTokens>;
  /** The thread's pulse at the last read: what has not moved since has spent nothing. */
  pulse?: string;
  /** Tokens were told of this model, and it has no price; null: nobody said which model. Absent: all have one. */
  unpriced?: string | null;
}

export type Prices = Readonly<Record<string, Price>>;

interface Spending {
  spend: Spend;
  usage?: Usage;
}

const PER_PRICE = 1_000_000;
/** A read that is behind shows one of these. */
const COUNTED_KEPT = 20;

/** What was not read spends nothing. `pulse`: of the thread as it was seen before the read. */
export function spent<R extends Spending>(
  run: R,
  read: Reading<TurnUsage> | null | undefined,
  pulse: string | null,
  prices: Prices,
): R {
  if (!read?.known) return run;
  const { model, turnId, requests } = read.value;
  const before = run.usage ?? { model: null, turns: {} };
  const turns = { ...before.turns };
  if (turnId !== null && requests.length > 0) turns[turnId] = grown(before.turns[turnId], requests, model);
  const counted = Object.values(turns);
  const unpriced = counted.find((turn) => priceOf(turn, prices) === null);
  const usage: Usage = {
    model: model ?? before.model,
    turns,
    ...(pulse === null ? {} : { pulse }),
    ...(unpriced === undefined ? {} : { unpriced: unpriced.model ?? null }),
  };
  return { ...run, usage, spend: { tokens: tokensOf(counted), usd: usdOf(counted, prices) } };
}

function named(model: string | null): Pick<TurnTokens, "model"> {
  return model === null ? {} : { model };
}

/** What stands behind the last that was counted is new; all is, where none of these is shown any more. */
function grown(before: TurnTokens | undefined, shown: RequestTokens[], model: string | null): TurnTokens {
  const ids = shown.map(({ id }) => id);
  const counted = before === undefined ? [] : (before.counted ?? ids);
  const fresh = shown.slice(ids.findLastIndex((id) => counted.includes(id)) + 1);
  let { input = 0, output = 0, last } = before ?? {};
  for (const one of fresh) {
    if (one.input === last?.input && one.output === last.output) continue;
    input += one.input;
    output += one.output;
    last = { input: one.input, output: one.output };
  }
  return {
    input,
    output,
    ...named(before?.model ?? model),
    counted: [...counted, ...fresh.map(({ id }) => id)].slice(-COUNTED_KEPT),
    ...(last ? { last } : {}),
  };
}

function tokensOf(turns: TurnTokens[]): number | null {
  return turns.length === 0 ? null : turns.reduce((sum, { input, output }) => sum + input + output, 0);
}

function usdOf(turns: TurnTokens[], prices: Prices): number | null {
  if (turns.length === 0) return null;
  let usd = 0;
  for (const turn of turns) {
    const price = priceOf(turn, prices);
    if (price === null) return null;
    usd += (turn.input * price.in + turn.output * price.out) / PER_PRICE;
  }
  return usd;
}

function priceOf({ model }: TurnTokens, prices: Prices): Price | null {
  if (model === undefined) return null;
  const short = model.slice(model.indexOf("/") + 1);
  // Own entries alone: a model may be called as anything, `constructor` too.
  for (const name of [model, short]) if (Object.hasOwn(prices, name)) return prices[name] ?? null;
  return null;
}
