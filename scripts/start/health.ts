/** What the worker says of itself once it runs. */
import { z } from "zod";

export type Standing = { type: "armed"; repos: number } | { type: "disabled" | "unknown"; why: string };

const healthSchema = z.object({ armed: z.boolean(), disabled: z.array(z.string()), enrolled: z.number() });
const answerMsMax = 10_000;

export async function readStanding(origin: string, stop: AbortSignal): Promise<Standing> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(answerMsMax)]);
  try {
    const answer = await fetch(`${origin}/healthz`, { signal });
    const { armed, disabled, enrolled } = healthSchema.parse(await answer.json());
    return armed ? { type: "armed", repos: enrolled } : { type: "disabled", why: disabled.join("; ") };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { type: "unknown", why: `/healthz does not answer as it should (${why})` };
  }
}

/** As the line `npm start` prints. */
export function standingLine(standing: Standing): string {
  if (standing.type !== "armed") return `${standing.type}: ${standing.why}`;
  return `armed for ${standing.repos} ${standing.repos === 1 ? "repo" : "repos"}`;
}
