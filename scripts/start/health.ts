/** What the worker says of itself once it runs, as the line `npm start` prints. */
import { z } from "zod";

const healthSchema = z.object({ armed: z.boolean(), disabled: z.array(z.string()), enrolled: z.number() });
const answerMsMax = 10_000;

export async function readStanding(origin: string, stop: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(answerMsMax)]);
  try {
    const answer = await fetch(`${origin}/healthz`, { signal });
    const health = healthSchema.parse(await answer.json());
    return health.armed ? `armed for ${health.enrolled} repos` : `disabled: ${health.disabled.join("; ")}`;
  } catch (error) {
    return `disabled: /healthz does not answer as it should (${error instanceof Error ? error.message : error})`;
  }
}
