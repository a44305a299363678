/** What a doctor reads of T3 Code: three reads side by side, none of which changes anything. */
import { type Environment, parseHeaders } from "../core/config.ts";
import { type Answer, get, type T3Connection } from "../executor/t3-http.ts";
import type { Fetch } from "../forge/http.ts";
import * as z from "../zod.ts";
import type { T3Facts } from "./facts.ts";
import { mapped, type Seen, saw, unseen } from "./seen.ts";

interface Asking {
  fetch: Fetch;
  callMs: number;
  now: () => number;
}

const environment = z.object({ environmentId: z.string().check(z.minLength(1)), serverVersion: z.string() });
const session = z.object({
  authenticated: z.boolean(),
  scopes: z.nullish(z.array(z.string())),
  expiresAt: z.nullish(z.string()),
});
const selection = z.catch(z.nullish(z.object({ instanceId: z.string(), model: z.string() })), null);
const shell = z.object({
  projects: z.array(z.object({ workspaceRoot: z.string(), defaultModelSelection: selection })),
});

export async function readT3(env: Environment, { fetch, callMs, now }: Asking): Promise<T3Facts | null> {
  const { T3_URL: url, T3_TOKEN: token } = env;
  if (!url || !URL.canParse(url) || !token) return null;
  const t3: T3Connection = { url, token, headers: parseHeaders(env.T3_HEADERS), callMs, fetch };
  const [place, state, list] = await Promise.all([
    get(t3, "/.well-known/t3/environment"),
    get(t3, "/api/auth/session"),
    get(t3, "/api/orchestration/shell"),
  ]);
  return {
    url,
    environment: mapped(seenIn(place, environment), ({ serverVersion }) => ({ version: serverVersion })),
    session: mapped(seenIn(state, session), ({ authenticated, scopes, expiresAt }) => ({
      authenticated,
      scopes: scopes ?? null,
      endsIso: expiresAt ?? null,
    })),
    shell: mapped(seenIn(list, shell), ({ projects }) => ({
      projects: projects.map(({ workspaceRoot, defaultModelSelection: chosen }) => ({
        workspace: workspaceRoot,
        model: chosen ? `${chosen.instanceId}/${chosen.model}` : null,
      })),
    })),
    nowMs: now(),
  };
}

function seenIn<T>(answer: Answer, schema: z.core.$ZodType<T>): Seen<T> {
  if (answer.type !== "answered") return unseen(answer.why);
  const read = z.safeParse(schema, answer.body);
  return read.success ? saw(read.data) : unseen("the answer is not T3's");
}
