/** The running loop, as anybody on the outside sees it. */
import * as z from "../zod.ts";
import type { LoopFacts } from "./facts.ts";
import { type Asking, asked } from "./read-notifiers.ts";
import { saw, unseen } from "./seen.ts";

const health = z.object({
  status: z.string(),
  armed: z.boolean(),
  version: z.string(),
  settings: z.object({ errors: z.array(z.object({ setting: z.string(), reason: z.string() })) }),
});

export async function readLoop(publicUrl: string | null, asking: Asking): Promise<LoopFacts> {
  if (publicUrl === null) return { publicUrl, health: null };
  const heard = await asked(asking, `${publicUrl}/healthz`, { headers: { "user-agent": "afk-loop" } });
  if (!heard.known) return { publicUrl, health: heard };
  const { status, body } = heard.value;
  const read = health.safeParse(body);
  if (status !== 200 || !read.success)
    return { publicUrl, health: unseen(`${status} without the loop's own words`, status) };
  const { armed, version, settings } = read.data;
  const problems = settings.errors.map(({ setting, reason }) => `${setting}: ${reason}`);
  return { publicUrl, health: saw({ status: read.data.status, armed, version, problems }) };
}
