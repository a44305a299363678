/**
 * Whose fault a red is: what is answered with a turn, and at what cost, held against the forge's records of CI; and the way
 * back that a hand-over names. A part of `Rules`, which asks it.
 */
import type { Run } from "../../lib/core/run.ts";
import { landing, RED, toldOf, UNDER_WAY, wordOf } from "./commit-records.ts";
import { runsOf } from "./ledger-records.ts";
import { rulesOfRun } from "./own-rules.ts";
import type { Rules } from "./rules.ts";
import { READY, US, type World } from "./world.ts";

/** From what was read for a turn until that turn leaves, and a little more. */
const READ_MS = 60_000;
/** From what was read of CI until it is run again. */
const SEEN_MS = 3_000;
/** From what was read of an issue until its look decides: reads that hang, several in a row. */
const LOOKED_MS = 120_000;

export class FaultVigil {
  private readonly world: World;
  private readonly rules: Rules;
  /** Answers that have left at least once, by thread and commit. */
  private readonly left = new Set<string>();
  /** By thread: answers to a red that have left. */
  private readonly answers = new Map<string, number>();
  /** By thread: those that the executor took. */
  private readonly tookOf = new Map<string, number>();
  /** Runs whose order was to repair a frozen trunk. */
  private readonly ordered = new Set<string>();
  private readonly known = new Set<string>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  /** Of a run's record when it is new. */
  claimed(key: string, run: Run): void {
    if (this.known.has(run.id)) return;
    this.known.add(run.id);
    if (this.world.freezeOf(key) !== null) this.ordered.add(run.id);
  }

  /** The executor took an answer to a red, whether or not we were told. */
  taken(thread: string): void {
    this.tookOf.set(thread, (this.tookOf.get(thread) ?? 0) + 1);
  }

  leaving({ by, path, body }: { by: string; path: string; body: string }): void {
    const [, runId] = /actions\/runs\/(\d+)\/rerun-failed-jobs/.exec(path) ?? [];
    if (runId !== undefined) this.runAgain(this.world.repoOf(by), Number(runId));
    if (!body.includes('"thread.turn.start"')) return;
    if (body.includes("is green, but its deploy failed")) return;
    const sha = /CI of your (?:landed commit|pull request's head) ([0-9a-f]{40})/.exec(body)?.[1];
    const thread = /"threadId":"([^"]+)"/.exec(body)?.[1] ?? "";
    // One that may have left is sent again, whatever became of its red.
    if (this.left.has(`${thread} ${sha}`)) return;
    this.left.add(`${thread} ${sha}`);
    const run = runsOf(this.world.ledgers.disk(by)).find((one) => one.threads.includes(thread));
    if (sha === undefined || run === undefined) return;
    this.answers.set(thread, (this.answers.get(thread) ?? 0) + 1);
    this.answered(this.world.repoOf(by), run, sha);
  }

  /** Where CI goes on with the newest alone, an older one that is run again takes its place. */
  private runAgain(repo: string, runId: number): void {
    const { world } = this;
    if (world.weather.special !== "superseded") return;
    const trunk = world.commitBook.trunk(repo);
    const sha = world.forge.runOf(repo, runId)?.sha ?? "";
    const before = world.forgeNow() - SEEN_MS;
    const atWork = trunk
      .slice(trunk.indexOf(sha) + 1)
      .find((one) =>
        toldOf(world, repo, one).some(({ word, changedAt }) => UNDER_WAY.includes(word) && changedAt < before),
      );
    if (trunk.includes(sha) && atWork !== undefined)
      this.rules.broken(
        6,
        `CI of ${sha.slice(0, 7)} is run again, and that of ${atWork.slice(0, 7)} on top is under way`,
      );
  }

  private answered(repo: string, run: Run, sha: string): void {
    const { world, rules } = this;
    const before = world.forgeNow() - READ_MS;
    const branch = run.commits.includes(sha) ? "main" : run.branch;
    if (wordOf(world, repo, sha, before, branch) === "green" && !world.pullBook.queued.has(sha))
      rules.broken(4, `run ${run.id} answers ${sha.slice(0, 7)}, which was green by then`);
    if (branch === "main" && !this.ordered.has(run.id) && this.wasRedBefore(repo, run, sha, before))
      rules.broken(4, `run ${run.id} answers ${sha.slice(0, 7)}, and all of its red was there before it`);
    if (this.wasTakenBack(repo, run, sha))
      rules.broken(6, `run ${run.id} answers ${sha.slice(0, 7)} on an issue that a person took back`);
  }

  /** Closed or unlabelled by a person, as the look that decided the answer has seen. */
  private wasTakenBack(repo: string, run: Run, sha: string): boolean {
    const { world } = this;
    // A keyword closes by the hand of who merges.
    if (run.proposal || world.weather.special === "record-behind") return false;
    const number = run.turns.find((turn) => turn.sha === sha)?.number;
    const decidedAt = run.acts.find(({ key }) => key === `turn-${number}`)?.createdAt ?? 0;
    const before = decidedAt + world.weather.forgeAheadMs - LOOKED_MS;
    const all = world.records.history(repo, run.issue.number) ?? [];
    const history = all.slice(all.findIndex(({ id }) => id === run.labelEvent.id) + 1);
    const said = history.filter(({ what, label }) => label === READY || what === "closed" || what === "reopened");
    const last = said.findLast(({ at }) => at < before);
    // What its own commit closes is no person's, whatever became of the label.
    if (!last || last.by === US || history.some(({ commit }) => commit !== null)) return false;
    // Given again since, as the look may have seen as well.
    if (said.at(-1) !== last) return false;
    return last.what === "unlabeled" || last.what === "closed";
  }

  /** Every check that is red on it was so on the commit before the run's first landing. */
  private wasRedBefore(repo: string, run: Run, sha: string, before: number): boolean {
    const { world } = this;
    if (wordOf(world, repo, sha) !== "red") return false;
    const [first = ""] = landing(world, repo, run);
    const parent = world.git.toJSON()[repo]?.commits[first]?.parents[0] ?? "";
    const red = redOf(world, repo, sha);
    const was = toldOf(world, repo, parent).filter((one) => one.changedAt < before);
    const wasRed = was.filter((one) => RED.includes(one.word)).map((one) => one.name);
    return red.length > 0 && red.every((name) => wasRed.includes(name) && redOf(world, repo, parent).includes(name));
  }

  /** Asked once of each run, in the step that decides. */
  ending(repo: string, run: Run, says: (rule: number, what: string) => void): void {
    const { world } = this;
    const { outcome } = run;
    if (outcome === null) return;
    if (outcome.reason.code === "red_before") {
      if (this.ordered.has(run.id)) says(6, "and to mend it was its order");
      const [first = ""] = landing(world, repo, run);
      const parent = world.git.toJSON()[repo]?.commits[first]?.parents[0] ?? "";
      if (!run.proposal && !everRed(world, repo, parent)) says(6, "and it was not");
    }
    const most = Math.min(Number(world.weather.settings.AFK_FIX_FORWARD_MAX_ATTEMPTS), this.fileSays(repo, run));
    const sent = run.threads.reduce((sum, thread) => sum + (this.answers.get(thread) ?? 0), 0);
    // People who tighten limits may well loosen them.
    if (sent > most && world.weather.troubles === 0) says(4, `after ${sent} answers, and ${most} may be`);
    const took = run.threads.reduce((sum, thread) => sum + (this.tookOf.get(thread) ?? 0), 0);
    if (run.attempts < took) says(4, `and counts ${run.attempts} attempts, of ${took} that the executor took`);
    const answers = run.turns.filter(({ purpose }) => purpose === "fix" || purpose === "update");
    const left = answers.filter((turn) => turn.sentAt !== null).length;
    if (run.attempts > left) says(4, `and counts ${run.attempts} attempts, of which ${left} left`);
  }

  private fileSays(repo: string, run: Run): number {
    return rulesOfRun(this.world, repo, run).fixAttempts ?? Number.POSITIVE_INFINITY;
  }
}

function redOf(world: World, repo: string, sha: string): string[] {
  const newest = new Map(toldOf(world, repo, sha).map((one) => [one.name, one.word]));
  return [...newest].flatMap(([name, word]) => (RED.includes(word) ? [name] : []));
}

function everRed(world: World, repo: string, sha: string): boolean {
  return world.commitBook.failed.has(sha) || toldOf(world, repo, sha).some((one) => RED.includes(one.word));
}

/** Asked at the end: the way back that people are told takes off what landed, and in a way git accepts. */
export function checkWayBack(world: World, rules: Rules, repo: string, run: Run): void {
  const { outcome } = run;
  if (outcome?.type !== "frozen") return;
  const comments = world.issue(repo, run.issue.number)?.comments ?? [];
  const told = comments.find((one) => one.by === US && one.body.includes(`<!-- afk-hand-over:${run.id} -->`));
  if (told === undefined || !told.body.includes(" is on the trunk, red")) return;
  const where = `${repo}#${run.issue.number} (run ${run.id})`;
  const reverted = [...told.body.matchAll(/git revert --no-edit( -m 1)? ([0-9a-f]{40})/g)];
  const quiet = world.mishaps.forge === 0 && world.crashes === 0;
  if (quiet && reverted.length === 0) rules.broken(6, `${where} is handed over red, and no way back is told`);
  const shas = reverted.map(([, , sha = ""]) => sha);
  const ours = shas.map((sha) => world.git.toJSON()[repo]?.commits[sha]);
  for (const [at, [, side]] of reverted.entries()) {
    const commit = ours[at];
    if (!run.proposal && !commit?.message.includes(`AFK-Run: ${run.id}`))
      rules.broken(6, `${where} is to be taken back by reverting ${shas[at]}, which is not its own`);
    if ((commit?.parents.length ?? 0) > 1 !== (side !== undefined))
      rules.broken(6, `the way back of ${where} does not fit the parents of ${shas[at]}`);
  }
  const order = world.commitBook.trunk(repo);
  if (shas.some((sha, at) => at > 0 && order.indexOf(sha) > order.indexOf(shas[at - 1] ?? "")))
    rules.broken(6, `the way back of ${where} begins with the oldest`);
}
