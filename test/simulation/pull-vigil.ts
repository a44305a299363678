/**
 * What must always be true of runs that land by pull request: who is heeded, what is answered how often, what is merged,
 * and that waiting for people costs nobody anything. A part of `Rules`, which asks it.
 */
import type { Run } from "../../lib/core/run.ts";
import type { SeenPull } from "../fakes/forge/pulls.ts";
import { newestOf, RED, wordOf } from "./commit-records.ts";
import { runsOf } from "./ledger-records.ts";
import { checkMerged } from "./proof-vigil.ts";
import type { Rules } from "./rules.ts";
import { isMerge, type Leaving } from "./traffic.ts";
import { US, type World } from "./world.ts";

/** Reads that hang, a late alarm, and their likes. */
const SLACK_MS = 120_000;
/** The reads of one try, and the deed. */
const TRY_MS = 30_000;
const ROUNDS_MAX = 3;
/** The look that sees it put out of its queue decides. */
const PUT_OUT_MS = 60_000;
/** As long as a slow poll and a late sweep. */
const UNHEARD_MS = 900_000;
/** In the calm: four of its polls. */
const IDLE_MS = 360_000;

export class PullVigil {
  private readonly world: World;
  private readonly rules: Rules;
  /** By thread: review turns, and marks of the remarks they answered. */
  private readonly rounds = new Map<string, number>();
  private readonly answered = new Set<string>();
  /** Since when it has been open, by `repo#number`. */
  private readonly openSince = new Map<string, number>();
  private readonly mergedSince = new Map<string, number>();
  /** Since when it has been merged or closed. */
  private readonly overSince = new Map<string, number>();
  /** By run: since when its record has shown an open pull request. */
  private readonly proposedSince = new Map<string, number>();
  /** By run: the head that its record has seen in a queue, and since when it is out of it. */
  private readonly queued = new Map<string, { head: string; commit: string; outSince: number | null }>();
  private readonly writes = new Map<string, number>();
  /** By run: since when its record has waited for people. */
  private readonly waiting = new Map<string, number>();
  /** By run: the head with which nothing was left to do but people's part, and since when. */
  private readonly idle = new Map<string, { head: string; since: number }>();
  private told = -1;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  /** Whether the turn is one that only a pull request brings. */
  turn(thread: string, text: string): boolean {
    if (/^Your pull request #\d+ (is in conflict with|lacks commits of) /.test(text)) return true;
    if (!/^People reviewed your pull request #\d+ /.test(text)) return false;
    const rounds = (this.rounds.get(thread) ?? 0) + 1;
    this.rounds.set(thread, rounds);
    // A remark has words.
    if (text.includes("(no words)")) this.rules.broken(4, `a turn in ${thread} answers an approval`);
    if (rounds > ROUNDS_MAX) this.rules.broken(4, `round ${rounds} of reviews in ${thread}`);
    for (const [mark] of text.matchAll(/\[remark-\d+\]/g)) {
      const by = this.world.book.unheeded.get(mark);
      if (by !== undefined) this.rules.broken(3, `a turn in ${thread} heeds ${mark} of ${by}`);
      if (this.answered.has(`${thread} ${mark}`)) this.rules.broken(4, `two answers to ${mark} in ${thread}`);
      this.answered.add(`${thread} ${mark}`);
    }
    return true;
  }

  roundsOf(run: Run): number {
    return run.threads.reduce((sum, thread) => sum + (this.rounds.get(thread) ?? 0), 0);
  }

  /** How long a pull request of that branch has been open, or has landed. */
  proposedMs(repo: string, branch: string): number {
    const { world } = this;
    const since = world.forge.pulls
      .all(repo)
      .filter((one) => one.branch === branch)
      .map(({ number }) => this.openSince.get(`${repo}#${number}`) ?? this.mergedSince.get(`${repo}#${number}`));
    return world.nowMs - Math.min(world.nowMs, ...since.filter((one) => one !== undefined));
  }

  /** What the forge itself has long known of it, and a run that looked would have seen. */
  overMs(repo: string, branch: string): number {
    const { world } = this;
    const last = world.forge.pulls.all(repo).findLast((one) => one.branch === branch);
    return last === undefined || last.state === "open"
      ? 0
      : world.nowMs - (this.overSince.get(`${repo}#${last.number}`) ?? world.nowMs);
  }

  /** Rule 3: the gate pulls_full. */
  firstTurn(repo: string, run: Run): void {
    const { world } = this;
    // Merged within this very step, it waits no more.
    const isOpen = ({ branch }: Run) => this.pulls(repo).some((one) => one.branch === branch && one.state === "open");
    const others = world
      .runs(repo)
      .filter(
        (one) =>
          one.id !== run.id &&
          one.outcome === null &&
          isOpen(one) &&
          (this.proposedSince.get(one.id) ?? Infinity) < run.startedAt,
      );
    if (others.length >= Number(world.settings.AFK_MAX_OPEN_PULLS))
      this.rules.broken(3, `a first turn of ${run.id} while ${others.length} pull requests wait in ${repo}`);
  }

  leaving(one: Leaving): void {
    if (one.method === "GET" || one.by === null) return;
    const repo = this.world.repoOf(one.by);
    if (isMerge(one)) {
      const head = headIn(one.body);
      const [, merged] = /\/pulls\/(\d+)\/merge$/.exec(one.path) ?? [];
      const isIt = (pull: SeenPull) => (merged === undefined ? pull.head === head : String(pull.number) === merged);
      this.merging(one.by, repo, isIt, head);
    }
    const [, number] = /\/(?:pulls|issues)\/(\d+)$/.exec(one.path) ?? [];
    const pull = this.pulls(repo).find((each) => String(each.number) === number);
    if (pull && /"state":"closed"/.test(one.body)) this.rules.broken(6, `we close ${repo}#${number}, a pull request`);
    const [, branch] =
      one.method === "DELETE"
        ? (/\/(?:git\/refs\/heads|branches)\/(.+)$/.exec(decodeURIComponent(one.path)) ?? [])
        : [];
    if (branch !== undefined) this.deleting(repo, branch);
  }

  /** Nothing is merged that nobody allowed: by a setting, by CI and by those who review. */
  private merging(key: string, repo: string, isIt: (pull: SeenPull) => boolean, head: string): void {
    const { world, rules } = this;
    const run = runsOf(world.ledgers.disk(key)).find((one) => one.proposal?.last?.head === head);
    if (world.settings.AFK_MERGE !== "when-green" || run?.proposal?.merge === "never")
      rules.broken(9, `a merge in ${repo} is asked for, and only people may`);
    const pull = this.pulls(repo).find(isIt);
    if (!pull) return;
    const on = `${repo}#${pull.number}`;
    const told = world.records.ci(repo, head, pull.branch);
    const long = world.forgeNow() - SLACK_MS;
    // Each try of a merge asks CI of its head once more.
    const isRed = wordOf(world, repo, head, world.forgeNow() - TRY_MS, pull.branch) === "red";
    // Run again in place, what was green a moment ago is under way.
    const isMoving = told.some((one) => one.changedAt > long);
    const isGreen = told.some((one) => one.word === "success") || run?.rules?.ci === "none";
    if ((!isGreen && !isMoving) || isRed)
      rules.broken(9, `a merge of ${head.slice(0, 7)} (${on}) is asked for, which is not green`);
    const { approvals = 0 } = world.weather.pulls?.rules ?? {};
    if (approvals > 0 && world.book.approvals(on) === 0)
      rules.broken(9, `a merge of ${on} is asked for, which nobody approved`);
    if (world.book.wantsChangesSince(on, world.nowMs - SLACK_MS, (by) => world.forge.mayPush(repo, by)))
      rules.broken(9, `a merge of ${on} is asked for, while changes are asked for`);
  }

  private deleting(repo: string, branch: string): void {
    const pulls = this.pulls(repo).filter((one) => one.branch === branch);
    if (!pulls.some((one) => one.state === "merged") || pulls.some((one) => one.state === "open"))
      this.rules.broken(6, `we delete ${branch} of ${repo}, which is not merged`);
  }

  private pulls(repo: string): SeenPull[] {
    return this.world.repoNames.includes(repo) ? this.world.forge.pulls.all(repo) : [];
  }

  afterStep(): void {
    const { world } = this;
    if (world.deliveries.told !== this.told) {
      this.told = world.deliveries.told;
      for (const repo of world.repoNames) this.opened(repo, world.forge.pulls.all(repo));
    }
    for (const [key, disk] of world.ledgerDisks()) {
      if (this.writes.get(key) === disk.writes) continue;
      this.writes.set(key, disk.writes);
      for (const run of runsOf(disk))
        if (run.proposal) this.proposing(world.repoOf(key), run, run.proposal);
        else this.rules.broken(3, `run ${run.id} of ${key} is to land by push`);
    }
  }

  /** Rule 4, of pull requests: one of a run at a time, and another only once it has landed. */
  private opened(repo: string, pulls: SeenPull[]): void {
    const { world } = this;
    const before = new Map<string, SeenPull>();
    for (const pull of pulls) {
      const on = `${repo}#${pull.number}`;
      if (pull.state === "open") this.openSince.set(on, this.openSince.get(on) ?? world.nowMs);
      else this.openSince.delete(on);
      if (pull.state === "open") this.overSince.delete(on);
      else this.overSince.set(on, this.overSince.get(on) ?? world.nowMs);
      if (pull.state === "merged") this.mergedSince.set(on, this.mergedSince.get(on) ?? world.nowMs);
      const last = before.get(pull.branch);
      if (last && last.state !== "merged")
        this.rules.broken(4, `${on} is opened, and #${last.number} of its branch has not landed`);
      if (last?.state === "open" && pull.state === "open") this.rules.broken(4, `two of ${pull.branch} are open`);
      before.set(pull.branch, pull);
    }
  }

  private proposing(repo: string, run: Run, memory: NonNullable<Run["proposal"]>): void {
    const { world, rules } = this;
    const { last, waitingSince, holdsRepo } = memory;
    const isOpen = last?.state === "open";
    if (isOpen && run.outcome === null) this.proposedSince.set(run.id, this.proposedSince.get(run.id) ?? world.nowMs);
    else this.proposedSince.delete(run.id);
    const answers = run.turns
      .filter((turn) => turn.purpose === "fix" || turn.purpose === "update")
      .map((turn) => turn.sha);
    if (new Set(answers).size < answers.length) rules.broken(4, `run ${run.id} answers one head twice`);
    this.reminded(run, waitingSince);
    if (run.outcome !== null) return;
    if (waitingSince !== null && holdsRepo) rules.broken(10, `run ${run.id} waits for people and holds its repo`);
    if (waitingSince !== null && world.t3.dispatched.atWork().some((one) => run.threads.includes(one.threadId)))
      rules.broken(2, `run ${run.id} waits for people, and its agent is at work`);
    this.putOut(run, memory);
    this.unheard(repo, run, memory);
    this.idling(repo, run, memory);
  }

  /** With a green head and an agent at rest it is people's turn, and the repo is free. */
  private idling(repo: string, run: Run, { last, waitingSince, wantsRepo }: NonNullable<Run["proposal"]>): void {
    const { world } = this;
    const isAtWork = world.t3.dispatched.atWork().some((one) => run.threads.includes(one.threadId));
    const isIdle = last?.state === "open" && !isAtWork && world.forge.ciWord(repo, last.head) === "fine";
    if (!isIdle || world.stormy || waitingSince !== null || wantsRepo) {
      this.idle.delete(run.id);
      return;
    }
    const before = this.idle.get(run.id);
    const since = before?.head === last.head ? before.since : world.nowMs;
    this.idle.set(run.id, { head: last.head, since });
    if (world.nowMs - since > IDLE_MS) this.rules.broken(10, `run ${run.id} holds its repo, and only people can go on`);
  }

  /** Whoever waits for people long enough has rung for them. */
  private reminded(run: Run, waitingSince: number | null): void {
    const { world } = this;
    const before = this.waiting.get(run.id) ?? null;
    if (waitingSince === null || run.outcome !== null) this.waiting.delete(run.id);
    else this.waiting.set(run.id, waitingSince);
    if (before === null || (waitingSince === before && run.outcome === null)) return;
    const rang = run.acts.some(({ deed }) => deed.type === "ring" && deed.bell.type === "review");
    const dueMs = Number(world.settings.AFK_REVIEW_REMINDER_SECONDS || 86_400) * 1000 + UNHEARD_MS;
    if (!rang && world.nowMs - before > dueMs)
      this.rules.broken(6, `run ${run.id} has waited for people, and nobody was reminded`);
  }

  /** What people who may write have asked for is not left to lie: the run that waits has nothing else to do. */
  private unheard(repo: string, run: Run, { last, waitingSince, wantsRepo }: NonNullable<Run["proposal"]>): void {
    const { world } = this;
    if (world.stormy || waitingSince === null || wantsRepo || last?.state !== "open") return;
    if (world.forge.ciWord(repo, last.head) !== "fine") return;
    const before = world.nowMs - UNHEARD_MS;
    if (waitingSince > before || world.calmSince > before) return;
    for (const { mark, at } of world.book.heeded(`${repo}#${last.number}`))
      if (at < before && !run.threads.some((thread) => this.answered.has(`${thread} ${mark}`)))
        this.rules.broken(6, `run ${run.id} waits for people, and has not heard ${mark}`);
  }

  /** What the queue has put out, as its own record shows, is answered or handed over. */
  private putOut(run: Run, { last, waitingSince, wantsRepo }: NonNullable<Run["proposal"]>): void {
    const { world } = this;
    if (last?.queued?.commit) this.queued.set(run.id, { head: last.head, commit: last.queued.commit, outSince: null });
    const seen = this.queued.get(run.id);
    if (!seen || last === null || last.queued) return;
    const tested = world.records.queueCi(`${run.repo.owner}/${run.repo.name}`, seen.commit);
    // Out of it for any other reason it is people's to see to, also if that turns red when it is run again.
    if (!newestOf(tested).some((one) => RED.includes(one.word))) this.queued.delete(run.id);
    if (!this.queued.has(run.id)) return;
    if (last.state !== "open" || last.head !== seen.head || run.turns.some((turn) => turn.sha === seen.head)) {
      this.queued.delete(run.id);
      return;
    }
    seen.outSince ??= world.nowMs;
    const isQuiet = !world.stormy || (world.mishaps.forge === 0 && world.crashes === 0);
    if (isQuiet && waitingSince !== null && !wantsRepo && world.nowMs > seen.outSince + PUT_OUT_MS)
      this.rules.broken(6, `run ${run.id} does nothing about ${seen.head.slice(0, 7)}, which the queue put out`);
  }
}

function headIn(body: string): string {
  return /"(?:sha|expectedHeadOid|head_commit_id)":"([0-9a-f]{40})"/.exec(body)?.[1] ?? "";
}

/** Asked at the end: what has landed leaves no branch behind that nobody pushed to since. */
export function checkBranches(world: World, rules: Rules): void {
  // Where the forge once answered wrongly, the act may have been refused for good.
  if (world.weather.pulls === null || world.mishaps.forge > 0) return;
  for (const repo of world.repoNames) {
    const branches = world.git.toJSON()[repo]?.branches ?? {};
    const pulls = world.forge.pulls.all(repo);
    for (const run of world.runs(repo)) {
      const pull = pulls.findLast((one) => one.branch === run.branch);
      // A run that closes for another reason may not have seen it merged.
      if (run.outcome?.type !== "closed" || run.proposal?.last?.state !== "merged") continue;
      if (run.settledAt === null || pull?.state !== "merged") continue;
      if (branches[run.branch] === run.proposal.last.head)
        rules.broken(6, `the branch of ${repo}#${pull.number} is left, merged`);
    }
    checkMerged(world, rules, repo);
    for (const pull of pulls)
      if (pull.mergedBy === US && world.settings.AFK_MERGE !== "when-green")
        rules.broken(9, `we merged ${repo}#${pull.number}, and only people may`);
  }
}
