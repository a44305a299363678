/** What a reason says, held against the world: red, silence, a deploy that did not come, or a time that is over. */
import { asksDeploy } from "../../lib/core/deploy-rule.ts";
import type { Left, Reason, Run } from "../../lib/core/run.ts";
import { attemptsOf } from "./attempts.ts";
import {
  ciFailed,
  hasFailed,
  headFailed,
  judgedOf,
  landedBefore,
  landing,
  laterGreen,
  madeBefore,
  RED,
  toldBefore,
  toldOf,
} from "./commit-records.ts";
import { waitedMs } from "./ledger-records.ts";
import { rulesOfRun } from "./own-rules.ts";
import type { Rules } from "./rules.ts";
import { READY, US, type World } from "./world.ts";

/** Between look and decision: reads that hang for their ten seconds, several in a row. */
const SLACK_MS = 120_000;
const MOMENT_MS = 4_000;
/** Two of the slowest polls, for the look and its second one, and their reads. */
const HEARD_MS = 480_000;
const REVIEW_ROUNDS = 3;
/** The seconds of the forge's clock are whole. */
const CLOSED_WITH_MS = 3_000;

export type Says = (rule: number, what: string) => void;

/** Of one run, in the step that decides. */
export class ReasonTruths {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly repo: string;
  private readonly run: Run;
  private readonly says: Says;

  constructor(world: World, rules: Rules, repo: string, run: Run, says: Says) {
    this.world = world;
    this.rules = rules;
    this.repo = repo;
    this.run = run;
    this.says = says;
  }

  check(reason: Reason): void {
    const { world, repo, run, says } = this;
    if ("why" in reason) this.stopped(reason);
    switch (reason.code) {
      case "deploy_overdue":
        if (!asksDeploy(run.rules)) says(6, "and no deploy was asked for");
        if (world.deploys.isLive(repo, this.newest, run.outcome?.decidedAt)) says(6, "and it is live");
        return;
      case "deploy_failed":
        if (!this.landed.some((sha) => hasFailed(world, repo, sha))) says(6, "and nothing of it ever failed");
        return;
      case "red":
        if (!this.landed.some((sha) => ciFailed(world, repo, sha)) && !headFailed(world, repo, run))
          says(6, "and nothing of it ever failed");
        this.notGreen();
        return;
      case "infra":
        if (this.wasNotRunAgain()) says(6, "and it was not run again");
        this.notGreen();
        return;
      case "ci_waits_for_approval":
        this.notGreen();
        return;
      case "no_ci":
        this.noCi(reason.missing);
        return;
      case "nothing_pushed":
        this.nothingPushed();
        return;
      case "withdrawn_by_person":
        if (reason.how !== "reopened" && !run.proposal && landedBefore(world, repo, run, this.landedBy))
          says(6, "and it has landed");
        if (this.isUnfenced(reason.how)) says(2, "and its agent was left at work");
        return;
      case "stopped_by_person":
        if (!world.stoppers.isOrdered(repo, run, reason.by)) says(9, "and nobody who may has ordered it");
        return;
      case "review_rounds":
        if (this.rounds < REVIEW_ROUNDS) says(4, `after ${this.rounds} rounds`);
        return;
      case "time_over":
        if (run.proposal && this.isBlind()) says(6, "and its pull request was over long before");
        this.timeOver();
        return;
      default:
        return;
    }
  }

  private get newest(): string[] {
    return landing(this.world, this.repo, this.run, "newest");
  }

  private get landed(): string[] {
    return landing(this.world, this.repo, this.run);
  }

  /** Where nothing but the forge's lists is late, a second look knows what was there before the first. */
  private get landedBy(): number {
    return this.world.weather.special === "trunk-behind" ? this.world.forgeNow() - MOMENT_MS : this.longAgo;
  }

  private get longAgo(): number {
    return this.world.forgeNow() - SLACK_MS;
  }

  /** Why no turn more was sent after it. */
  private stopped({ why }: Extract<Reason, { why: string }>): void {
    const { world, run, says } = this;
    const judged = judgedOf(run);
    const asked = run.turns.some((turn) => turn.sha === judged && turn.sentAt !== null);
    if (why === "unanswered" && !asked) says(4, "and nobody was asked to mend it");
    const [newest = judged] = this.newest;
    const isLate = madeBefore(world, this.repo, newest, this.landedBy);
    if (why === "unanswered" && !run.proposal && newest !== judged && isLate) says(6, "and its answer has landed");
    if (why === "attempts" && attemptsOf(world, run) < Math.min(run.limits.fixAttempts, world.fixAttempts))
      says(4, `after ${attemptsOf(world, run)} attempts`);
    const couldMend = run.proposal === undefined || run.proposal.holdsRepo || world.mishaps.forge + world.crashes > 0;
    if (why === "time" && !couldMend) says(4, "and it never had the repo to mend it in");
    if (why === "time" && this.mendedMs() < this.fixMs - SLACK_MS / 8) says(4, "with time left to mend it");
    if (why === "person" && !this.isTakenBack()) says(6, "and nobody took it back");
  }

  private get fixMs(): number {
    return Math.min(this.run.limits.fixMs, Number(this.world.settings.AFK_FIX_FORWARD_MAX_SECONDS) * 1000);
  }

  /** Since anything of it was red, by the forge's own records. */
  private mendedMs(): number {
    const { world, repo, run } = this;
    if (run.proposal || asksDeploy(run.rules)) return Number.POSITIVE_INFINITY;
    const red = this.landed.flatMap((sha) => toldOf(world, repo, sha).filter(({ word }) => RED.includes(word)));
    const first = Math.min(...red.map(({ changedAt }) => changedAt));
    return (run.outcome?.decidedAt ?? 0) + world.weather.forgeAheadMs - first;
  }

  /** Ever since its claim. What a keyword closes, in a commit of its own or by the hand of who merges it, is no person's. */
  private isTakenBack(): boolean {
    const { world, repo, run } = this;
    const history = world.records.history(repo, run.issue.number);
    // It is gone since.
    if (history === null) return true;
    const since = history.slice(history.findIndex(({ id }) => id === run.labelEvent.id) + 1);
    const merges = this.rules.pulls.times.merges(repo, run.branch);
    return since.some(({ what, label, by, at, commit }) => {
      if (by === US) return false;
      if (what === "unlabeled") return label === READY;
      const closedMs = at - world.weather.forgeAheadMs;
      const withMerge = merges.some((one) => one.by === by && Math.abs(closedMs - one.at) < CLOSED_WITH_MS);
      return what === "closed" && !run.commits.includes(commit ?? "") && !withMerge;
    });
  }

  private notGreen(): void {
    if (laterGreen(this.world, this.repo, this.newest, this.longAgo)) this.says(6, "and it is green");
  }

  /** What the forge can run again is, once, before a person is called. */
  private wasNotRunAgain(): boolean {
    const { world, rules, run } = this;
    const { weather, mishaps, crashes } = world;
    if (weather.forge !== "github" || weather.ciOf !== "actions" || mishaps.forge + crashes > 0) return false;
    return rules.reruns.lastOf(judgedOf(run)) === null;
  }

  private noCi(missing: string[]): void {
    const { world, repo, run, says } = this;
    if (!rulesOfRun(world, repo, run).hasCi) says(6, "and it has none");
    const [own] = this.newest;
    // A check that is required and never reports is none, whatever others say; and a head may wait for CI after a landing.
    if (own === undefined || missing.length > 0 || run.proposal?.last?.state === "open") return;
    if (toldBefore(world, repo, own, this.longAgo)) says(6, "and CI has spoken");
  }

  private nothingPushed(): void {
    const { world, repo, run, says } = this;
    if (landedBefore(world, repo, run, this.landedBy)) says(6, "and it has landed");
    if (run.proposal && this.rules.pulls.times.proposedMs(repo, run.branch) > SLACK_MS) says(6, "and it is proposed");
    const wasOpened = run.acts.some(({ deed, state }) => deed.type === "propose" && state === "acked");
    const isThere = world.forge.pulls.all(repo).some(({ branch }) => branch === run.branch);
    if (wasOpened && !isThere && world.mishaps.forge === 0) says(6, "and its branch was never proposed");
    if (world.isAtWork(run)) says(6, "and its agent is at work");
    if (world.t3.inBackground().some((one) => run.threads.includes(one)))
      says(6, "and its agent is at work in the background");
  }

  private get rounds(): number {
    return this.rules.pulls.reviews.roundsOf(this.run);
  }

  /** At work for minutes after a person took the issue back, and never told to stop, though nothing was in the way. */
  private isUnfenced(how: Left | "reopened"): boolean {
    const { world, repo, run } = this;
    const { mishaps, crashes, t3, weather } = world;
    if (mishaps.executor + mishaps.forge + crashes > 0 || t3.version !== null || world.isLeft(run)) return false;
    const before = (run.outcome?.decidedAt ?? 0) + weather.executorAheadMs;
    const told = t3.dispatched.commands("thread.turn.interrupt").filter(({ at }) => at < before);
    if (told.some(({ command }) => run.threads.includes(String(command.threadId)))) return false;
    const history = world.records.history(repo, run.issue.number) ?? [];
    const since = history.slice(history.findIndex(({ id }) => id === run.labelEvent.id) + 1);
    // Taken off once and put on again it was left by nobody; a pull request and an order have no entry here.
    const entry = how === "unlabelled" ? "unlabeled" : how;
    const left = since.findLast(({ what, by }) => by !== US && what === entry);
    const last = t3.lifeOf(run.threads.at(-1) ?? "");
    const workedUntil = world.isAtWork(run) ? world.nowMs : Date.parse(last ?? "") - weather.executorAheadMs;
    return left !== undefined && workedUntil - (left.at - weather.forgeAheadMs) > HEARD_MS;
  }

  /** Merged or closed for long, and neither landed nor withdrawn, though the forge could be read. */
  private isBlind(): boolean {
    const { world, repo, run } = this;
    if (world.mishaps.forge > 0 || world.crashes > 0 || run.commits.length > 0) return false;
    return this.rules.pulls.times.overMs(repo, run.branch) > 3 * SLACK_MS;
  }

  /** Where the executor could be read all the time, silence is never waited for to the end. */
  private timeOver(): void {
    const { world, run, says } = this;
    const decidedAt = run.outcome?.decidedAt ?? 0;
    const least = Math.min(run.limits.runMs, Number(world.settings.AFK_RUN_MAX_SECONDS) * 1000);
    const own = decidedAt - run.startedAt - waitedMs(run, decidedAt);
    if (own < least) says(5, `after ${own} ms of its own time`);
    // One that is too old is not read.
    if (world.mishaps.executor > 0 || world.crashes > 0 || world.t3.version !== null || world.isLeft(run)) return;
    const silentMs = world.nowMs - (run.seen.pulse?.at ?? world.nowMs);
    if (world.isAtWork(run) && silentMs > run.limits.stallMs + SLACK_MS + 80_000) says(5, "after a silence too long");
    const owed = run.turns.at(-1);
    const owes = owed?.acceptedAt != null && owed.startedTurnId === null && owed.cancelledAt === null;
    if (owes && world.nowMs - (owed.acceptedAt ?? 0) > run.limits.startMs + SLACK_MS + 80_000)
      says(5, "waiting for a turn that never started");
  }
}
