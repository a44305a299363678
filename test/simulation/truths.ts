/**
 * What a decision says, held against the world: an ending that tells of green, red, silence or a person's hand must find
 * it there. Asked once of each run, in the step that decides; `SLACK_MS` forgives what happened between look and decision.
 */
import { asksDeploy } from "../../lib/core/deploy-rule.ts";
import type { Run } from "../../lib/core/run.ts";
import { attemptsOf, runsOf, waitedMs } from "./ledger-records.ts";
import { NOISE, rulesOfRun } from "./own-rules.ts";
import { checkProof } from "./proof-vigil.ts";
import type { Deed, Told } from "./records.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

/** Reads that hang for their ten seconds, several in a row. */
const SLACK_MS = 120_000;

/** By ledger: the run it is frozen for. */
type Freezes = Map<string, string | null>;

export class Truths {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly decided = new Set<string>();
  private readonly redSince = new Map<string, number>();
  private readonly froze: Freezes = new Map();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    for (const [key, disk] of this.world.ledgerDisks()) {
      this.thawed(key);
      for (const run of runsOf(disk)) {
        this.rules.faults.claimed(key, run);
        if (run.seen.verdict === "red" && !this.redSince.has(run.id)) this.redSince.set(run.id, this.world.nowMs);
        if (run.outcome === null || this.decided.has(run.id)) continue;
        this.decided.add(run.id);
        this.ending(key, run);
      }
    }
  }

  /** A freeze ends when what repairs it is live, where that is asked for. */
  private thawed(key: string): void {
    const { world } = this;
    const before = this.froze.get(key) ?? null;
    const now = world.freezeOf(key);
    this.froze.set(key, now);
    const run = before === null || now !== null ? undefined : runOf(world, key, before);
    if (!run || !asksDeploy(run.rules)) return;
    const repo = world.repoOf(key);
    if (!world.deploys.isLive(repo, landing(world, repo, run, "newest")))
      this.rules.broken(3, `${repo} is unfrozen, and nothing of run ${run.id} is live`);
  }

  private ending(key: string, run: Run): void {
    const { world } = this;
    const name = world.repoOf(key);
    const { outcome } = run;
    if (outcome === null) return;
    const says = (rule: number, what: string) =>
      this.rules.broken(
        rule,
        `${name}#${run.issue.number} (run ${run.id}) ends ${outcome.type}: ${outcome.reason.code}, ${what}`,
      );
    const decided = outcome.decidedAt + world.weather.forgeAheadMs;
    const landed = landing(world, name, run);
    const newest = landing(world, name, run, "newest");
    const history = world.records.history(name, run.issue.number);
    switch (outcome.type) {
      case "closed":
        if (!landed.some((sha) => passed(world, name, sha, run) || wordAt(world, name, sha, decided) === "green"))
          says(6, "and nothing of it is green");
        if (asksDeploy(run.rules) && !world.deploys.isLive(name, newest, outcome.decidedAt))
          says(6, "and nothing of it is live");
        break;
      case "withdrawn":
        if (!withdrawn(world, name, run, history)) says(6, "and nobody withdrew it");
        break;
      case "gone":
        if (history) says(6, "and it is there");
        break;
      case "frozen":
        if (world.freezeOf(key) !== run.id && !laterGreen(world, name, newest, Number.POSITIVE_INFINITY))
          says(3, "and the repo is not frozen");
        break;
      case "escalated":
        break;
      default:
        outcome.type satisfies never;
    }
    this.reason(run, name, landed, newest, says);
    checkProof(world, name, run, says);
    this.rules.faults.ending(name, run, says);
  }

  private reason(
    run: Run,
    repo: string,
    landed: string[],
    newest: string[],
    says: (rule: number, what: string) => void,
  ): void {
    const { world } = this;
    const reason = run.outcome?.reason;
    const longAgo = world.forgeNow() - SLACK_MS;
    const own = newest[0];
    const fixes = run.turns.filter((turn) => turn.purpose === "fix");
    for (const fix of fixes) {
      const since = this.redSince.get(run.id);
      // A wait for people begins that time anew.
      if (since !== undefined && !run.proposal && fix.decidedAt > since + run.limits.fixMs + 1000)
        says(4, "after a fix when the time to fix was over");
    }
    const judged = run.proposal?.last?.state === "open" ? run.proposal.last.head : (run.commits.at(-1) ?? "");
    const asked = run.turns.some((turn) => turn.sha === judged && turn.sentAt !== null);
    if (reason && "why" in reason && reason.why === "unanswered" && !asked) says(4, "and nobody was asked to mend it");
    switch (reason?.code) {
      case "deploy_overdue":
        if (!asksDeploy(run.rules)) says(6, "and no deploy was asked for");
        if (world.deploys.isLive(repo, newest, run.outcome?.decidedAt)) says(6, "and it is live");
        return;
      case "deploy_failed":
        if (!landed.some((sha) => hasFailed(world, repo, sha))) says(6, "and nothing of it ever failed");
        if (reason.why === "attempts" && attemptsOf(run) < Math.min(run.limits.fixAttempts, world.fixAttempts))
          says(4, `after ${attemptsOf(run)} attempts`);
        return;
      case "red":
        if (!landed.some((sha) => ciFailed(world, repo, sha)) && !headFailed(world, repo, run))
          says(6, "and nothing of it ever failed");
        if (laterGreen(world, repo, newest, longAgo)) says(6, "and it is green");
        if (reason.why === "attempts" && attemptsOf(run) < Math.min(run.limits.fixAttempts, world.fixAttempts))
          says(4, `after ${attemptsOf(run)} attempts`);
        return;
      case "infra":
      case "ci_waits_for_approval":
        if (laterGreen(world, repo, newest, longAgo)) says(6, "and it is green");
        return;
      case "no_ci":
        if (!rulesOfRun(world, repo, run).hasCi) says(6, "and it has none");
        // A check that is required and never reports is none, whatever others say; and a head may wait for CI after a landing.
        if (own === undefined || reason.missing.length > 0 || run.proposal?.last?.state === "open") return;
        if (toldBefore(world, repo, own, longAgo)) says(6, "and CI has spoken");
        return;
      case "nothing_pushed":
        if (landedBefore(world, repo, run, longAgo)) says(6, "and it has landed");
        if (run.proposal && this.rules.pulls.proposedMs(repo, run.branch) > SLACK_MS) says(6, "and it is proposed");
        if (world.t3.dispatched.atWork().some((one) => run.threads.includes(one.threadId)))
          says(6, "and its agent is at work");
        if (world.t3.inBackground().some((one) => run.threads.includes(one)))
          says(6, "and its agent is at work in the background");
        return;
      case "stopped_by_person":
        if (!world.stoppers.isOrdered(repo, run, reason.by)) says(9, "and nobody who may has ordered it");
        return;
      case "review_rounds":
        if (this.rules.pulls.roundsOf(run) < 3) says(4, `after ${this.rules.pulls.roundsOf(run)} rounds`);
        return;
      case "outdated":
        if (reason.why === "attempts" && attemptsOf(run) < Math.min(run.limits.fixAttempts, world.fixAttempts))
          says(4, `after ${attemptsOf(run)} attempts`);
        return;
      case "time_over":
        if (run.proposal && this.isBlind(run, repo)) says(6, "and its pull request was over long before");
        this.timeOver(run, says);
        return;
      default:
        return;
    }
  }

  /** Merged or closed for long, and neither landed nor withdrawn, though the forge could be read. */
  private isBlind(run: Run, repo: string): boolean {
    const { world } = this;
    if (world.mishaps.forge > 0 || world.crashes > 0 || run.commits.length > 0) return false;
    return this.rules.pulls.overMs(repo, run.branch) > 3 * SLACK_MS;
  }

  /** Where the executor could be read all the time, silence is never waited for to the end. */
  private timeOver(run: Run, says: (rule: number, what: string) => void): void {
    const { world } = this;
    const least = Math.min(run.limits.runMs, Number(world.settings.AFK_RUN_MAX_SECONDS) * 1000);
    const own = (run.outcome?.decidedAt ?? 0) - run.startedAt - waitedMs(run, run.outcome?.decidedAt ?? 0);
    if (own < least) says(5, `after ${own} ms of its own time`);
    // One that is too old is not read.
    if (world.mishaps.executor > 0 || world.crashes > 0 || world.t3.version !== null) return;
    const working = world.t3.dispatched.atWork().some((one) => run.threads.includes(one.threadId));
    const silentMs = world.nowMs - (run.seen.pulse?.at ?? world.nowMs);
    if (working && silentMs > run.limits.stallMs + SLACK_MS + 80_000) says(5, "after a silence too long");
    const owed = run.turns.at(-1);
    const owes = owed?.acceptedAt != null && owed.startedTurnId === null && owed.cancelledAt === null;
    if (owes && world.nowMs - (owed.acceptedAt ?? 0) > run.limits.startMs + SLACK_MS + 80_000)
      says(5, "waiting for a turn that never started");
  }
}

function runOf(world: World, key: string, id: string): Run | undefined {
  return runsOf(world.ledgers.disk(key)).find((run) => run.id === id);
}

/** Trunk commits from the first one of this run on, oldest first. */
export function landing(world: World, repo: string, run: Run, from: "first" | "newest" = "first"): string[] {
  const commits = trunk(world, repo);
  const merged = mergedOf(world, repo, run);
  const isOurs = (one: { sha: string; message: string }) =>
    one.message.includes(`AFK-Run: ${run.id}`) || merged.includes(one.sha);
  const first = from === "first" ? commits.findIndex(isOurs) : commits.findLastIndex(isOurs);
  return first < 0 ? [] : commits.slice(first).map((one) => one.sha);
}

/** The commits with which its pull requests were merged. */
function mergedOf(world: World, repo: string, run: Run): string[] {
  if (!run.proposal) return [];
  return world.forge.pulls
    .all(repo)
    .flatMap((one) => (one.branch === run.branch && one.mergeCommit ? [one.mergeCommit] : []));
}

/** The head it judged last failed, alone or in a queue; it may be run again by now. */
function headFailed(world: World, repo: string, run: Run): boolean {
  const head = run.proposal?.head?.value;
  if (head === undefined) return false;
  if (world.book.queued.has(head) || world.reds.has(head)) return true;
  return world.records.ci(repo, head, run.branch).some((one) => RED.includes(one.word));
}

function landedBefore(world: World, repo: string, run: Run, at: number): boolean {
  return trunk(world, repo).some(
    (one) => one.message.includes(`AFK-Run: ${run.id}`) && Date.parse(one.committer.date) < at,
  );
}

function trunk(world: World, repo: string) {
  const graph = world.git.toJSON()[repo];
  const chain = [];
  for (let sha = graph?.branches.main; sha !== undefined; ) {
    const commit = graph?.commits[sha];
    if (!commit) break;
    chain.unshift(commit);
    sha = commit.parents[0];
  }
  return chain;
}

export const RED = ["failure", "error"];
export const UNDER_WAY = ["queued", "in_progress", "pending"];

/** All that CI told of a commit: neither what tells of a deploy, nor what the repo itself ignores. */
export function toldOf(world: World, repo: string, sha: string, branch?: string): Told[] {
  const noise = world.ownRules?.ignoresNoise ? `status ${NOISE}` : null;
  const { check } = world.deploys;
  return world.records.ci(repo, sha, branch).filter(({ name }) => name !== check && name !== noise);
}

export function wordOf(
  world: World,
  repo: string,
  sha: string,
  before = Number.POSITIVE_INFINITY,
  branch?: string,
): "green" | "red" | "other" {
  const told = toldOf(world, repo, sha, branch);
  return newestOf(told).some((one) => one.changedAt > before) ? "other" : inAWord(told);
}

/** As it stood then, by the forge's clock. */
function wordAt(world: World, repo: string, sha: string, at: number): "green" | "red" | "other" {
  return inAWord(toldOf(world, repo, sha).filter(({ changedAt }) => changedAt <= at));
}

/** The last word on each check: one may be run again. */
export function newestOf(told: Told[]): Told[] {
  return [...new Map(told.map((one) => [one.name, one])).values()];
}

function inAWord(told: Told[]): "green" | "red" | "other" {
  const words = newestOf(told).map((one) => one.word);
  if (words.some((word) => RED.includes(word))) return "red";
  return words.includes("success") && words.every((word) => word === "success" || word === "neutral")
    ? "green"
    : "other";
}

/** Green, or without any CI where the repo has none. */
function passed(world: World, repo: string, sha: string, run: Run): boolean {
  if (wordOf(world, repo, sha) === "green" || passedQueue(world, repo, sha)) return true;
  return !rulesOfRun(world, repo, run).hasCi && toldOf(world, repo, sha).length === 0;
}

/** The queue merges the very commit it tested. */
function passedQueue({ records }: World, repo: string, sha: string): boolean {
  return records.queueCi(repo, sha).some((one) => one.word === "success");
}

function hasFailed({ records, failed }: World, repo: string, sha: string): boolean {
  return failed.has(sha) || records.ci(repo, sha).some((one) => RED.includes(one.word));
}

/** Its own checks, whatever came of its deploy. */
function ciFailed(world: World, repo: string, sha: string): boolean {
  if (world.deploys.check === undefined) return hasFailed(world, repo, sha);
  return toldOf(world, repo, sha).some((one) => RED.includes(one.word));
}

function laterGreen(world: World, repo: string, landed: string[], before: number): boolean {
  return landed.some((sha) => wordOf(world, repo, sha, before) === "green");
}

function toldBefore({ records }: World, repo: string, sha: string, at: number): boolean {
  return records.ci(repo, sha).some((one) => one.at < at && one.word !== "neutral");
}

function withdrawn(world: World, repo: string, run: Run, history: Deed[] | null): boolean {
  const reason = run.outcome?.reason;
  if (run.outcome?.givenBack) return ["kill_switch", "paused", "refused_at_start"].includes(reason?.code ?? "");
  if (reason?.code === "held_elsewhere" || history === null) return true;
  if (reason?.code !== "withdrawn_by_person") return false;
  if (reason.how === "stopped") return world.stoppers.isOrdered(repo, run);
  const pulls = world.forge.pulls.all(repo).filter((one) => one.branch === run.branch);
  const pullClosed = pulls.some((one) => world.book.closed.has(`${repo}#${one.number}`));
  if (reason.how === "pull_closed") return pullClosed;
  return history.some((one) => one.what === SHOWN[reason.how]);
}

/** What the issue's record says where a person took it away so. */
const SHOWN: Record<string, Deed["what"]> = { unlabelled: "unlabeled", closed: "closed", reopened: "reopened" };
