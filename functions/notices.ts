/**
 * The sweep's part in `lib/core/notices`: it reads, once a day, when our tokens end, and it rings what the fleet has found
 * to be owed. No ledger's act can hold these bells, for most are about no repo; so the fleet's record is what an act is
 * elsewhere: owed is stored first, then it is rung, under a key that is the same on every try, then it is noted. Rung again
 * after a crash between the last two, a notifier knows the key.
 */
import { noticeText } from "../lib/core/notice-words.ts";
import type { Ring } from "../lib/core/notices.ts";
import { redact } from "../lib/core/text.ts";
import { afterRead, ofToday, type TokenEnd, type TokenEnds } from "../lib/core/token-ends.ts";
import { known, parseRepoKey, type Reading, type RepoName } from "../lib/core/types.ts";
import { forgeTokenEnd } from "../lib/forge/forge.ts";
import type { Rung } from "../lib/loop/fleet-book.ts";
import type { Notifier } from "../lib/notify/notifier.ts";
import { createExecutor, createNotifiers, forgeHttp } from "./compose.ts";
import { type Env, fleetOf, secretsOf } from "./env.ts";
import { say } from "./log.ts";
import type { Meter } from "./meter.ts";

export async function readTokenEnds(env: Env, meter: Meter, allowlist: string[], kept: TokenEnds): Promise<TokenEnds> {
  const now = Date.now();
  const reads = tokenReads(env, meter, allowlist).map(async ([system, read]): Promise<[string, TokenEnd]> => {
    const before = kept[system];
    return [system, ofToday(before, now) ?? afterRead(before, await read(), now)];
  });
  return Object.fromEntries(await Promise.all(reads));
}

function tokenReads(env: Env, meter: Meter, allowlist: string[]): [string, () => Promise<Reading<number | null>>][] {
  const executor = createExecutor(env, meter);
  const repos = allowlist.flatMap((key): RepoName[] => [parseRepoKey(key) ?? []].flat());
  const perForge = repos.filter((repo, index) => repos.findIndex(({ forge }) => forge === repo.forge) === index);
  return [
    ...perForge.map((repo): [string, () => Promise<Reading<number | null>>] => [
      repo.forge,
      () => forgeTokenEnd(repo, env, forgeHttp(env, repo, meter)),
    ]),
    ["T3", async () => executor?.tokenEnd() ?? known(null)],
  ];
}

export async function ringNotices(env: Env, meter: Meter, rings: Ring[]): Promise<void> {
  if (rings.length === 0) return;
  const notifiers = createNotifiers(env, meter);
  const rung: Rung[] = [];
  for (const ring of rings) {
    const end = await ringOne(env, notifiers, ring);
    if (end !== "again") rung.push({ ring, end });
  }
  await fleetOf(env).rung(rung, meter.take());
}

async function ringOne(env: Env, notifiers: Notifier[], ring: Ring): Promise<Rung["end"] | "again"> {
  const notifier = notifiers.find(({ name }) => name === ring.notifier);
  if (!notifier) return "refused";
  const urgency = ring.state === "stands" ? "needs_human" : "done";
  const key = `afk-notice-${ring.key}-${ring.state}-${ring.since}`;
  const result = await notifier.ring(noticeText(ring), urgency, null, key);
  if (result.type === "done") return "heard";
  const msg = redact(`${ring.notifier}: the bell ${ring.key} did not ring: ${result.why}`, secretsOf(env));
  say("error", "trouble", msg);
  return result.type === "refused" ? "refused" : "again";
}
