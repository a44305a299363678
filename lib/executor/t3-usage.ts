/**
 * What a thread of T3 tells of its newest turn's tokens. Each `context-window.updated` activity carries the figures of
 * one request, so that a turn's are their sums; `usedTokens` is the size of the context and no spending. A figure that
 * is absent, garbled or negative says nothing; the last activity of a turn has none.
 */
import * as z from "zod";
import type { TurnUsage } from "../core/types.ts";

const Selection = z.object({ instanceId: z.string().min(1), model: z.string().min(1) });
const figure = z.int().nonnegative().optional().catch(undefined);
const Update = z.object({
  kind: z.literal("context-window.updated"),
  turnId: z.string(),
  payload: z.object({ inputTokens: figure, outputTokens: figure }),
});

export interface Spender {
  latestTurn?: { turnId: string } | null | undefined;
  activities?: unknown[] | undefined;
  modelSelection?: unknown;
}

export function usageOf({ latestTurn, activities, modelSelection }: Spender): TurnUsage {
  const selection = Selection.safeParse(modelSelection).data;
  const turnId = latestTurn?.turnId ?? null;
  return {
    model: selection ? `${selection.instanceId}/${selection.model}` : null,
    turnId,
    tokens: turnId === null ? null : tokensOf(activities ?? [], turnId),
  };
}

function tokensOf(activities: unknown[], turnId: string): TurnUsage["tokens"] {
  const tokens = { input: 0, output: 0 };
  let told = false;
  for (const activity of activities) {
    const update = Update.safeParse(activity).data;
    if (update?.turnId !== turnId) continue;
    const { inputTokens, outputTokens } = update.payload;
    if (inputTokens === undefined && outputTokens === undefined) continue;
    tokens.input += inputTokens ?? 0;
    tokens.output += outputTokens ?? 0;
    told = true;
  }
  return told ? tokens : null;
}
