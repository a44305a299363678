/**
 * What a thread of T3 tells of its newest turn's tokens. Each `context-window.updated` activity carries the figures of
 * one request; `usedTokens` is the size of the context and no spending. A newer server shows the last of a turn alone, so
 * that a sum is made by whoever looks again and again, and knows a request by its activity. A figure that is absent,
 * garbled or negative says nothing; the last activity of a turn has none.
 */
import type { RequestTokens, TurnUsage } from "../core/types.ts";
import * as z from "../zod.ts";

const Selection = z.object({ instanceId: z.string().check(z.minLength(1)), model: z.string().check(z.minLength(1)) });
const figure = z.catch(z.optional(z.int().check(z.nonnegative())), undefined);
const Update = z.object({
  id: z.string(),
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
    requests: turnId === null ? [] : requestsOf(activities ?? [], turnId),
  };
}

function requestsOf(activities: unknown[], turnId: string): RequestTokens[] {
  const requests: RequestTokens[] = [];
  for (const activity of activities) {
    const update = Update.safeParse(activity).data;
    if (update?.turnId !== turnId) continue;
    const { inputTokens, outputTokens } = update.payload;
    if (inputTokens === undefined && outputTokens === undefined) continue;
    requests.push({ id: update.id, input: inputTokens ?? 0, output: outputTokens ?? 0 });
  }
  return requests;
}
