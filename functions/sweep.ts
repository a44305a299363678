/**
 * The scheduled function: what no webhook told. It wakes every repo in flight, and those enrolled repos that have
 * something ready or cannot be read; a repo with nothing costs one conditional read, and its ledger is not even woken.
 * Requests and time are bounded; what does not fit is carried over to the next sweep. At its end it rings what ends
 * quietly; see `notices`.
 */
import { disabledReasons, webhookSecrets } from "../lib/core/config.ts";
import { noticeText } from "../lib/core/notice-words.ts";
import { parseRepoKey } from "../lib/core/types.ts";
import { inFlight, ringsNow } from "../lib/loop/sweep-plan.ts";
import { apart } from "./apart.ts";
import { createNotifiers } from "./compose.ts";
import { type Env, fleetOf, ledgerOf, settingsOf } from "./env.ts";
import { readIdle } from "./idle-repos.ts";
import { say } from "./log.ts";
import { Meter } from "./meter.ts";
import { readTokenEnds, ringNotices } from "./notices.ts";

export async function sweep(env: Env): Promise<void> {
  const startedAt = Date.now();
  const settings = settingsOf(env);
  const fleet = fleetOf(env);
  const standing = await fleet.standing();
  if (standing.unread !== null) return sweepUnread(env, standing.unread);
  const busy = inFlight(standing);
  for (const one of standing.unconfirmed)
    await apart(one.repo, "released or confirmed", async () => {
      if (await ledgerOf(env, one.repo).hasRun(one.repo, one.runId)) await fleet.confirm(one);
      else await fleet.release(one.runId, "unused");
    });
  for (const repo of busy) await apart(repo, "woken", () => ledgerOf(env, repo).wake(repo));
  for (const { setting, reason } of settings.errors) say("error", "setting", `disabled: ${setting}: ${reason}`);
  if (disabledReasons(settings).length > 0) return;
  const meter = new Meter();
  const { allowlist: enrolled } = settings.config;
  const tokens = await readTokenEnds(env, meter, enrolled, standing.tokens ?? {});
  const spent = Object.values(tokens).filter(({ readAt }) => readAt >= startedAt).length;
  const looked = await readIdle(env, meter, settings.config, standing, { busy, spent, startedAt });
  const seconds = (Date.now() - startedAt) / 1000;
  meter.count({ type: "swept", seconds, requests: looked.requests });
  const notifiers = createNotifiers(env, meter).map(({ name }) => name);
  const hooked = enrolled.filter((key) => hasWebhook(env, key));
  const { rings, news } = await fleet.swept({ ...looked, tokens, hooked, notifiers, tally: meter.take() });
  for (const one of news) say(one.state === "stands" ? "warn" : "info", "notice", noticeText(one).title);
  await ringNotices(env, meter, ringsNow(rings, spent + looked.requests, Date.now()));
}

/** What the repos share cannot be read: nothing is asked, nothing is woken, and people hear of it. */
async function sweepUnread(env: Env, why: string): Promise<void> {
  say("error", "record", `held: ${why}`);
  if (disabledReasons(settingsOf(env)).length > 0) return;
  const meter = new Meter();
  const rings = await fleetOf(env).sweptUnread(createNotifiers(env, meter).map(({ name }) => name));
  await ringNotices(env, meter, ringsNow(rings, 0, Date.now()));
}

/** Whether a delivery could be heard: without a secret the sweep alone finds the work, as it is meant to. */
function hasWebhook(env: Env, key: string): boolean {
  const repo = parseRepoKey(key);
  return repo !== null && webhookSecrets(env, repo.forge).length > 0;
}
