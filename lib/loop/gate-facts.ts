/** Reads the facts the gates ask for, one at a time and only those asked for. */
import { blockersInBody } from "../core/blocked-by.ts";
import { isFinal, mayStart, type Ruling } from "../core/dispatch-policy.ts";
import type { FactName, GateFacts, Pin, Refusal, Wish } from "../core/gates.ts";
import { latestLabelling } from "../core/issue-record.ts";
import { revertCommand } from "../core/red-trunk.ts";
import { RULES_FILE } from "../core/repo-rules.ts";
import { wishOf } from "../core/retry.ts";
import { sameName } from "../core/same-name.ts";
import { isListedBot } from "../core/trust.ts";
import { type Blocker, known, type Reading, repoKey, unread } from "../core/types.ts";
import { NO_EXECUTOR } from "../executor/executor.ts";
import { branchOf, type Gathered, rulesOf } from "./gathered.ts";
import { type Loop, NO_WORKSPACE, placeOf, workspace } from "./loop.ts";
import { pinOf, sightOf } from "./sightings.ts";
import { readTraces } from "./traces.ts";
import { readVerdict } from "./verdict.ts";

/** A token that still reads is proof enough; a start does not need the newest threads. */
const EXECUTOR_SNAPSHOT_AGE_MAX_MS = 30_000;

/** Reads until the gates have an answer. `ownRun`: the run whose first turn is about to leave, which is not in its own way. */
export async function gather(
  loop: Loop,
  gathered: Gathered,
  number: number,
  gates: Parameters<typeof mayStart>[2],
  ownRun: string | null = null,
): Promise<Exclude<Ruling, { type: "read" }>> {
  for (;;) {
    const ruling = mayStart(gathered.facts, loop.settings.config, gates);
    if (ruling.type !== "read") return ruling;
    await readFact(loop, gathered, ruling.fact, number, ownRun);
  }
}

async function readFact(
  loop: Loop,
  gathered: Gathered,
  name: FactName,
  number: number,
  ownRun: string | null,
): Promise<void> {
  const { facts } = gathered;
  switch (name) {
    case "identity":
      facts.identity = await readIdentity(loop, gathered);
      return;
    case "config":
      facts.config = await readConfig(loop, gathered);
      return;
    case "wish": {
      const wish = await readWish(loop, number);
      facts.wish = wish;
      if (!wish.known) return;
      const { labelEvent } = wish.value;
      facts.trustedBot = labelEvent !== null && isListedBot(loop.settings.config, loop.repo.forge, labelEvent.actor);
      const event = labelEvent === null ? null : loop.store.event(labelEvent.id);
      const consumedBy = event?.consumed && event.runId !== ownRun ? event.runId : null;
      facts.ledger = {
        ...facts.ledger,
        consumedBy,
        ownRun: ownRun !== null,
        remembered: remembered(loop, number, labelEvent?.id ?? null),
      };
      return;
    }
    case "permission": {
      const labelEvent = facts.wish?.known ? facts.wish.value.labelEvent : null;
      facts.permission = labelEvent ? await loop.tracker.permission(labelEvent.actor) : unread("no label event");
      return;
    }
    case "pin":
      facts.pin = await readPin(loop, facts, number);
      return;
    case "blockers":
      facts.blockers = await readBlockers(loop, facts, number);
      return;
    case "traces":
      facts.traces = await readTraces(loop, gathered, number);
      return;
    case "trunk":
      facts.trunk = await readTrunk(loop, gathered);
      return;
    case "limits":
      // A run that has its place asks for none.
      facts.limits = known({ refusal: ownRun === null ? await readRoom(loop, gathered) : null });
      return;
    case "executor":
      facts.executor = await readExecutor(loop, gathered);
      return;
    case "quota": {
      const until = await loop.fleet.pausedUntil(loop.repo.forge);
      const paused = until !== null && until > loop.now();
      facts.quota = known({ pausedUntil: paused ? until : null });
      return;
    }
    default:
      return name satisfies never;
  }
}

export async function readIdentity(loop: Loop, gathered: Gathered): Promise<NonNullable<GateFacts["identity"]>> {
  const unfit = await loop.tracker.unfit();
  if (!unfit.known) return unfit;
  if (unfit.value !== null) return known({ unfit: `${unfit.value.setting}: ${unfit.value.reason}` });
  const repo = await loop.tracker.repo();
  if (!repo.known) return repo;
  gathered.repoFacts = repo.value;
  const { id: now, owner, name, archived } = repo.value;
  const stored = loop.store.repo().facts?.id ?? null;
  const key = repoKey({ forge: loop.repo.forge, owner, name });
  return known({ now, stored, name: key, ...(archived ? { archived } : {}) });
}

/** From the default branch, whatever a run's branch says. */
export async function readConfig(loop: Loop, gathered: Gathered): Promise<NonNullable<GateFacts["config"]>> {
  const branch = branchOf(loop, gathered);
  if (!branch.known) return branch;
  const file = await loop.tracker.file(RULES_FILE, branch.value);
  if (!file.known) return file;
  return known(
    file.value === null ? { type: "none" } : loop.rules.parse(file.value, loop.settings.config.deployOrigins),
  );
}

async function readWish(loop: Loop, number: number): Promise<Reading<Wish>> {
  const issue = await loop.tracker.issue(number);
  if (!issue.known) return issue;
  if (issue.value.type === "gone") return known({ issue: null, labelEvent: null, events: [] });
  const events = await loop.tracker.events(number);
  if (!events.known) return events;
  const labelling = latestLabelling(events.value, loop.settings.config.labels.ready);
  const labelEvent = wishOf(labelling, loop.store.issue(number)?.retry);
  return known({ issue: issue.value.issue, labelEvent, events: events.value });
}

/** What is proof, as the forge allows it. The text just read is a sight too. */
async function readPin(loop: Loop, facts: GateFacts, number: number): Promise<Reading<Pin>> {
  const issue = facts.wish?.known ? facts.wish.value.issue : null;
  if (!issue) return unread("the issue is not read");
  const seen = [...loop.store.sightings(number), sightOf(loop, issue)].filter((sight) => sight !== null);
  return pinOf(loop, issue, seen);
}

/** A refusal for want of a sight ends when a late delivery brings it: it is judged anew, at no cost. */
function remembered(loop: Loop, number: number, labelEventId: string | null): Refusal | null {
  const issue = loop.store.issue(number);
  // Older code kept it as the refusal alone, and lost it to the next one.
  const refusal = issue?.lasting ?? issue?.refusal ?? null;
  if (refusal?.code === "edited" && loop.tracker.pin.type === "sightings") return null;
  return refusal !== null && refusal.labelEventId === labelEventId && isFinal(refusal.code) ? refusal : null;
}

async function readBlockers(loop: Loop, facts: GateFacts, number: number): Promise<Reading<Blocker[]>> {
  const native = await loop.tracker.blockers(number);
  if (!native.known) return native;
  const here = `${loop.repo.owner}/${loop.repo.name}`;
  const named = blockersInBody(facts.wish?.known ? (facts.wish.value.issue?.body ?? "") : "");
  const blockers = [...native.value];
  for (const { repo, number: other } of named) {
    const where = repo ?? here;
    if (sameName(where, here) && other === number) continue;
    if (blockers.some((one) => one.number === other && sameName(one.repo, where))) continue;
    const blocker = await loop.tracker.blocker(where, other);
    if (!blocker.known) return blocker;
    blockers.push(blocker.value);
  }
  return known(blockers);
}

async function readTrunk(loop: Loop, gathered: Gathered): Promise<GateFacts["trunk"]> {
  const branch = branchOf(loop, gathered);
  if (!branch.known) return branch;
  const head = await loop.tracker.head(branch.value);
  if (!head.known) return head;
  const judged = await readVerdict(loop.ci, head.value, {
    trunk: branch.value,
    awaited: [],
    grace: "over",
    rules: rulesOf(gathered),
  });
  if (!judged.known) return judged;
  gathered.trunkChecks = judged.value.names;
  const { word, because } = judged.value.verdict;
  if (word !== "red") return known({ word, sha: head.value });
  const commit = await loop.tracker.commit(head.value);
  // How to undo it is left out where it cannot be read; a token that is refused is told.
  if (!commit.known && commit.auth) return commit;
  const undo = commit.known
    ? revertCommand([{ sha: head.value, parents: commit.value.parents.length }], branch.value)
    : null;
  return known({ word, sha: head.value, checks: because.map((check) => check.name), undo });
}

/** Null: there is room for one more run. */
async function readRoom(loop: Loop, { repoFacts }: Gathered): Promise<string | null> {
  const room = await loop.fleet.room(placeOf(loop.repo, repoFacts?.id ?? ""), loop.settings.config);
  return room.granted ? null : room.reason;
}

async function readExecutor(loop: Loop, { repoFacts }: Gathered): Promise<GateFacts["executor"]> {
  if (!loop.executor) return known({ refusal: NO_EXECUTOR });
  // As the forge spells it: the run's project will lie there, and paths differ by case.
  const where = workspace(loop, repoFacts ? { ...repoFacts, forge: loop.repo.forge } : loop.repo);
  if (where === null) return known({ refusal: NO_WORKSPACE });
  const environment = await loop.executor.environment();
  if (!environment.known) return environment;
  if (loop.executor.isTooOld(environment.value.version))
    return known({ refusal: `T3 too old: ${environment.value.version}, 0.0.29 is the oldest that serves` });
  const snapshot = await loop.fleet.snapshot(EXECUTOR_SNAPSHOT_AGE_MAX_MS);
  if (!snapshot.known) return snapshot;
  const model = await loop.executor.model(where);
  if (!model.known) return model;
  return known({ refusal: model.value === null ? "no model set (AFK_MODEL, or the T3 project's default)" : null });
}
