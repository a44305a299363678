/**
 * Starts what is ready: lists the candidates, asks the gates of the whole repo, and has the candidates judged. One run a
 * repo, so one claim a look. It performs nothing: a claim is a transaction that stores the run with its acts.
 */
import { isEnrolled } from "../core/config.ts";
import { mayStart, OWN_GATES, REPO_GATES } from "../core/dispatch-policy.ts";
import { repoKey } from "../core/types.ts";
import { beginTurns, withoutRunning } from "./candidates.ts";
import { gather } from "./gate-facts.ts";
import { noFacts } from "./gathered.ts";
import { judgeInTurn, type Polled } from "./judging.ts";
import type { Loop } from "./loop.ts";
import { forgetMended, forgetUnlabelled, noteReads, refuseAll, sayToEach } from "./refusals.ts";
import { noteSights, seeWaiting } from "./sightings.ts";
import { dateFreeze, thaw } from "./thaw.ts";
import type { Troubles } from "./troubles.ts";

export async function startReady(loop: Loop, troubles: Troubles): Promise<Polled> {
  const { config } = loop.settings;
  const askedBefore = loop.requests();
  const gathered = await noFacts(loop);
  if (!isEnrolled(config, repoKey(loop.repo))) return "nothing";
  const own = mayStart(gathered.facts, config, OWN_GATES);
  if (own.type === "refused") {
    if (own.refusal.code === "repo_busy") await seeWaiting(loop, troubles);
    return "nothing";
  }
  const isFrozen = gathered.facts.ledger.freeze !== null;
  const thawed = await thaw(loop, gathered, troubles);
  if (isFrozen && thawed === "free") beginTurns(loop);
  if (thawed === "free") gathered.facts.ledger = { ...gathered.facts.ledger, freeze: null };
  const listed = await loop.tracker.candidates(config.labels.ready);
  troubles.note("forge", listed);
  if (!listed.known) return untilReadable(loop);
  forgetUnlabelled(loop, listed.value);
  noteSights(loop, listed.value);
  const candidates = withoutRunning(loop, listed.value);
  const [first] = candidates;
  if (first === undefined) return "nothing";
  await dateFreeze(loop, first.number);
  gathered.facts.waiting = candidates.map((candidate) => candidate.number).sort((one, other) => one - other);
  const repoWide = await gather(loop, gathered, 0, REPO_GATES);
  noteReads(gathered, troubles);
  if (gathered.facts.config?.known && gathered.facts.config.value.type !== "invalid") forgetMended(loop);
  // No webhook tells when a page goes live, or that a read would succeed: whoever waits for that looks again.
  const waits: Polled = thawed === "later" || thawed === "unread" ? "later" : "nothing";
  if (repoWide.type === "refused") {
    const { refusal } = repoWide;
    const said =
      refusal.code === "repo_config"
        ? await sayToEach(loop, candidates, gathered, refusal, troubles)
        : refuseAll(loop, candidates, refusal, troubles);
    return said === "nothing" ? waits : said;
  }
  if (repoWide.type === "unknown") return "later";
  const judged = await judgeInTurn(loop, candidates, gathered, { thawed, askedBefore }, troubles);
  return judged === "nothing" ? waits : judged;
}

/**
 * Once a human was told the sweep alone asks on, a few repos a minute: of many that cannot be read for one reason, a
 * revoked token say, each would ask twice a minute for days.
 */
function untilReadable(loop: Loop): Polled {
  return loop.store.repo().troubles.forge?.told ? "nothing" : "later";
}
