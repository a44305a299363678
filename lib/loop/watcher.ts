/**
 * Drives one run: looks, folds the look into its memory, asks the state machine, stores what was decided. It performs
 * nothing; the acts it stores are performed after the transaction.
 */
import { type Action, type Pace, ROW, wait } from "../core/actions.ts";
import { checkName } from "../core/ci-verdict.ts";
import { tighter } from "../core/config.ts";
import { asksDeploy } from "../core/deploy-rule.ts";
import type { Stop } from "../core/pause.ts";
import { holdsRepo } from "../core/proposal.ts";
import { type CommitStanding, revertCommand } from "../core/red-trunk.ts";
import { landed, type Run } from "../core/run.ts";
import { apply, settle } from "../core/run-evolve.ts";
import { factsOf, type Look, observe } from "../core/run-facts.ts";
import { nextAction } from "../core/run-state-machine.ts";
import { lookAt } from "./look.ts";
import { lookCloser } from "./look-closer.ts";
import { type Loop, notifierNames, reservationOf } from "./loop.ts";
import type { RepoRecord } from "./records.ts";
import { saveRun } from "./save.ts";
import { stopOfRepo } from "./stopped.ts";
import type { Troubles } from "./troubles.ts";

/** `stale`: the ledger changed while we looked, so nothing was decided; look again. */
export type Watched = "acted" | "waiting" | "stale";

export async function watch(loop: Loop, id: string, wake: "woken" | "due", troubles: Troubles): Promise<Watched> {
  const { version } = loop.store.repo();
  const before = loop.store.run(id);
  if (!before || before.settledAt !== null) return "waiting";
  if (before.outcome !== null) return finish(loop, id);
  const stopped = await stopOfRepo(loop);
  const own = troubles.of(id);
  const { look, now } = await closer(loop, before, await lookAt(loop, before, wake, own), stopped, own);
  const room = holdsRepo(before)
    ? "held"
    : await roomFor(loop, before, decide(loop, before, look, now, stopped).action);
  const watched = loop.store.transaction(() => {
    const repo = loop.store.repo();
    const run = loop.store.run(id);
    if (repo.version !== version || !run) return "stale";
    const { observed, action: wanted } = decide(loop, run, look, now, stopped);
    const action = room === "none" && startsTurn(wanted) ? waitsForRepo(loop, observed, wanted.row, now) : wanted;
    const next = apply(observed, action, { now, forgeIso: forgeIso(look), notifiers: notifierNames(loop) });
    const freeze = action.type === "end" && action.freeze ? freezeOf(next, look, now) : repo.freeze;
    if (action.type === "end" && action.givenBack) giveBack(loop, next);
    const isFreed = holdsRepo(run) && !holdsRepo(next);
    saveRun(loop, next, { ...(isFreed ? pollAtOnce(repo) : repo), freeze });
    tell(loop, next, action);
    return action.type === "wait" ? "waiting" : "acted";
  });
  const after = loop.store.run(id);
  const gaveUp = holdsRepo(before) && after !== null && !holdsRepo(after) && after.settledAt === null;
  if (gaveUp || (room === "taken" && watched === "stale")) await loop.fleet.release(id, "used");
  return watched;
}

/** One that waited for people has left the repo to others: before it starts a turn it takes it back, if it is free. */
async function roomFor(loop: Loop, run: Run, action: Action): Promise<"held" | "taken" | "none"> {
  if (!startsTurn(action)) return "held";
  if (loop.store.activeRuns().some((other) => other.id !== run.id && holdsRepo(other))) return "none";
  const reserved = await loop.fleet.retake(reservationOf(loop, run.id, run.repo.id), loop.settings.config);
  return reserved.granted ? "taken" : "none";
}

function startsTurn(action: Action): action is Extract<Action, { type: "fix_forward" | "update" | "review" }> {
  return action.type === "fix_forward" || action.type === "update" || action.type === "review";
}

function waitsForRepo(loop: Loop, run: Run, row: number, now: number): Action {
  return { ...wait(row, run, paceOf(loop, run), now, null), wantsRepo: true };
}

function paceOf({ settings: { config } }: Loop, run: Run): Pace {
  const { pollMs, reviewCollectMs, reviewReminderMs } = config;
  return { limits: tighter(run.limits, config.limits), pollMs, reviewCollectMs, reviewReminderMs };
}

function decide(
  loop: Loop,
  run: Run,
  look: Look,
  now: number,
  stopped: Stop | null,
): { observed: Run; action: Action } {
  const { config } = loop.settings;
  const observed = observe(run, look, now, config.prices);
  const facts = factsOf(observed, look, config, now, stopped);
  return { observed, action: nextAction(observed, facts, paceOf(loop, run), now) };
}

/**
 * What the first look leaves open is read where the decision hangs on it, and then it is decided anew. `now`: as of when;
 * decided a moment later, a run whose time ends just then would end without what its end is to tell.
 */
async function closer(
  loop: Loop,
  run: Run,
  first: Look,
  stopped: Stop | null,
  troubles: Troubles,
): Promise<{ look: Look; now: number }> {
  let look = first;
  let asked: number | null = null;
  for (;;) {
    const now = loop.now();
    look = await withBranch(loop, run, look, stopped, now, troubles);
    const { observed, action } = decide(loop, run, look, now, stopped);
    const asks = action.type === "wait" && ASKING_ROWS.includes(action.row) ? action.row : null;
    // Asked for once more: it could not be read.
    if (asks !== null && asks === asked) return { look, now };
    if (asks === null && action.type !== "end" && look.branch === null) return { look, now };
    look = await lookCloser(loop, observed, look, action, troubles);
    if (asks === null) return { look, now };
    asked = asks;
  }
}

/** Rows that wait for what only a closer look tells. */
const ASKING_ROWS: number[] = [ROW.lacksProof, ROW.protectedPath, ROW.redBefore];

/**
 * A look that would end the run reads the agent's branch, so that the last word on each phase does not depend on which
 * pushes we were told of. Where it cannot be read the run ends all the same.
 */
async function withBranch(
  loop: Loop,
  run: Run,
  look: Look,
  stopped: Stop | null,
  now: number,
  troubles: Troubles,
): Promise<Look> {
  const began = run.turns.some((turn) => turn.startedTurnId !== null);
  if (look.branch !== null || !began) return look;
  const { action } = decide(loop, run, look, now, stopped);
  const wants = action.type === "end" || (action.type === "wait" && action.row === ROW.lacksProof);
  if (!wants) return look;
  const branch = await loop.tracker.compare(run.base, run.branch);
  troubles.noteRefusal("forge", branch);
  return { ...look, branch };
}

/** The wish stands: the same label event may be claimed again, under another run id. */
function giveBack(loop: Loop, run: Run): void {
  loop.store.putEvent(run.labelEvent.id, { v: 1, runId: run.id, claim: run.claim + 1, consumed: false });
}

function finish(loop: Loop, id: string): Watched {
  return loop.store.transaction(() => {
    const run = loop.store.run(id);
    if (!run) return "waiting";
    const next = settle(run, loop.now(), notifierNames(loop));
    if (next === run) return "waiting";
    const repo = loop.store.repo();
    saveRun(loop, next, next.settledAt === null ? repo : pollAtOnce(repo));
    return "acted";
  });
}

/** A free repo has room for the next issue, and first of all for the runs that wait for it. */
function pollAtOnce(repo: RepoRecord): RepoRecord {
  return { ...repo, dirty: repo.dirty + 1, dirtyAt: 0 };
}

function forgeIso(look: Look): string | null {
  return look.issue.known && look.issue.value.type === "present" ? look.issue.value.forgeIso : null;
}

function freezeOf(run: Run, look: Look, now: number): NonNullable<RepoRecord["freeze"]> {
  const { red } = run.seen;
  const sha = landed(run) ?? run.base;
  return {
    at: now,
    run: run.id,
    issue: run.issue.number,
    sha,
    checks: red?.commit === sha ? red.checks.map(checkName) : [],
    attempts: run.attempts,
    standing: standingOf(run, sha),
    undo: revertCommand(look.landed ?? [], run.trunk),
    forgeIso: forgeIso(look),
  };
}

function standingOf({ seen, rules }: Run, sha: string): CommitStanding {
  if (seen.passed?.value === sha) return asksDeploy(rules) ? "not_live" : "green";
  return seen.verdict === "red" ? "red" : "unjudged";
}

function tell(loop: Loop, run: Run, action: Action): void {
  if (action.type === "wait" || action.type === "none" || action.type === "finish") return;
  const code = action.type === "end" ? action.decision : action.type;
  const msg = action.type === "end" ? `${action.decision}: ${action.reason.code}` : action.type;
  loop.log({ level: "info", msg: `row ${action.row}: ${msg}`, issue: run.issue.number, run: run.id, code });
}
