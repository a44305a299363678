/**
 * What a decision says, held against the world: an ending that tells of green, red, silence or a person's hand must find
 * it there. Asked once of each run, in the step that decides.
 */
import { asksDeploy } from "../../lib/core/deploy-rule.ts";
import type { Run } from "../../lib/core/run.ts";
import { landing, laterGreen, passed, speaking, toldOf, wasGreen, wordOf } from "./commit-records.ts";
import { holder } from "./issue-records.ts";
import { runsOf } from "./ledger-records.ts";
import { checkProof } from "./proof-vigil.ts";
import { ReasonTruths, type Says } from "./reason-truths.ts";
import type { Deed } from "./records.ts";
import type { Rules } from "./rules.ts";
import { READY, US, type World } from "./world.ts";

/** Between a look's first read and its decision, where none hangs. */
const LOOK_MS = 20_000;

/** By ledger: the run it is frozen for. */
type Freezes = Map<string, string | null>;

export class Truths {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly decided = new Set<string>();
  private readonly redSince = new Map<string, number>();
  private readonly froze: Freezes = new Map();
  /** By ledger: when its freeze was first seen, on the forge's clock. */
  readonly frozeAt = new Map<string, number | null>();

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
    if (now !== before) this.frozeAt.set(key, now === null ? null : world.forgeNow());
    const run = before === null || now !== null ? undefined : runOf(world, key, before);
    if (!run) return;
    const repo = world.repoOf(key);
    const wasGreenOnce = (sha: string) =>
      passed(world, repo, sha, run) || toldOf(world, repo, sha).some(({ word }) => word === "success");
    if (!world.squatted.has(repo) && !speaking(world, repo, run).some(wasGreenOnce))
      this.rules.broken(3, `${repo} is unfrozen, and nothing of its trunk since run ${run.id} is green`);
    if (!asksDeploy(run.rules)) return;
    if (!world.deploys.isLive(repo, landing(world, repo, run, "newest")))
      this.rules.broken(3, `${repo} is unfrozen, and nothing of run ${run.id} is live`);
  }

  private ending(key: string, run: Run): void {
    const { world } = this;
    const name = world.repoOf(key);
    const { outcome } = run;
    if (outcome === null) return;
    const says: Says = (rule, what) =>
      this.rules.broken(
        rule,
        `${name}#${run.issue.number} (run ${run.id}) ends ${outcome.type}: ${outcome.reason.code}, ${what}`,
      );
    const to = outcome.decidedAt + world.weather.forgeAheadMs;
    const look = { from: to - LOOK_MS, to };
    const landed = landing(world, name, run);
    const newest = landing(world, name, run, "newest");
    const history = world.records.history(name, run.issue.number);
    switch (outcome.type) {
      case "closed":
        if (!landed.some((sha) => passed(world, name, sha, run) || wasGreen(world, name, sha, look)))
          says(6, "and nothing of it is green");
        if (world.weather.special === "late-check" && !newest.some((sha) => hasPassedTwice(world, name, sha)))
          says(6, "before its late check had passed");
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
        if (
          world.freezeOf(key) !== run.id &&
          !laterGreen(world, name, speaking(world, name, run), Number.POSITIVE_INFINITY)
        )
          says(3, "and the repo is not frozen");
        break;
      case "escalated":
        break;
      default:
        outcome.type satisfies never;
    }
    const freezes = world.freezeOf(key) === run.id;
    if (freezes && outcome.type !== "frozen" && outcome.type !== "gone") says(3, "and its repo is frozen");
    if (freezes) this.rules.bells.froze.add(run.id);
    const { code } = outcome.reason;
    if (outcome.type === "frozen" && (code === "protected_path" || code === "unproven"))
      says(3, "and what it landed has passed");
    const long = to - 120_000;
    if (outcome.type === "gone" && !freezes && world.mishaps.forge + world.crashes === 0 && !run.repairs) {
      const word = (sha: string) => wordOf(world, name, sha, long);
      if (newest.length > 0 && newest.every((sha) => word(sha) === "red")) says(3, "and its red trunk is not frozen");
    }
    this.fixesInTime(run, says);
    new ReasonTruths(world, this.rules, name, run, says).check(outcome.reason);
    this.rules.deadlines.check(key, run, outcome.reason, says);
    checkProof(world, name, run, says);
    this.rules.faults.ending(name, run, says);
  }

  /** A wait for people begins that time anew. */
  private fixesInTime(run: Run, says: Says): void {
    const since = this.redSince.get(run.id);
    if (since === undefined || run.proposal) return;
    const late = run.turns.some(
      ({ purpose, decidedAt }) => purpose === "fix" && decidedAt > since + run.limits.fixMs + 1000,
    );
    if (late) says(4, "after a fix when the time to fix was over");
  }
}

function runOf(world: World, key: string, id: string): Run | undefined {
  return runsOf(world.ledgers.disk(key)).find((run) => run.id === id);
}

function hasPassedTwice(world: World, repo: string, sha: string): boolean {
  const passed = toldOf(world, repo, sha).filter(({ word }) => word === "success");
  return new Set(passed.map(({ name }) => name)).size > 1;
}

function withdrawn(world: World, repo: string, run: Run, history: Deed[] | null): boolean {
  const reason = run.outcome?.reason;
  if (run.outcome?.givenBack) return ["kill_switch", "paused", "refused_at_start"].includes(reason?.code ?? "");
  if (history === null) return true;
  if (reason?.code === "held_elsewhere") {
    const issue = world.issue(repo, run.issue.number);
    return issue === null || holder(issue) !== "us";
  }
  if (reason?.code !== "withdrawn_by_person") return false;
  if (reason.how === "stopped") return world.stoppers.isOrdered(repo, run);
  const pulls = world.forge.pulls.all(repo).filter((one) => one.branch === run.branch);
  const pullClosed = pulls.some((one) => world.pullBook.closed.has(`${repo}#${one.number}`));
  if (reason.how === "pull_closed") return pullClosed;
  const since = history.slice(history.findIndex((one) => one.id === run.labelEvent.id) + 1);
  return since.some((one) => one.what === SHOWN[reason.how] && (one.what !== "unlabeled" || isReadyByPerson(one)));
}

function isReadyByPerson({ label, by }: Deed): boolean {
  return label === READY && by !== US;
}

/** What the issue's record says where a person took it away so. */
const SHOWN: Record<string, Deed["what"]> = { unlabelled: "unlabeled", closed: "closed", reopened: "reopened" };
