/**
 * Rules 6 and 9, of what we do to pull requests: nothing is merged that nobody allowed, none is closed, and a branch is
 * deleted once it has landed. A part of `PullVigil`, asked of each request that leaves.
 */
import type { Run } from "../../lib/core/run.ts";
import type { SeenPull } from "../fakes/forge/pulls.ts";
import { wordOf } from "./commit-records.ts";
import { runsOf } from "./ledger-records.ts";
import { checkMerged } from "./proof-vigil.ts";
import type { Rules } from "./rules.ts";
import { isMerge, type Leaving } from "./traffic.ts";
import { US, type World } from "./world.ts";

/** Reads that hang, a late alarm, and their likes. */
const SLACK_MS = 120_000;
/** The reads of one try, and the deed. */
const TRY_MS = 30_000;

const HEAD = /"(?:sha|expectedHeadOid|head_commit_id)":"([0-9a-f]{40})"/;

export class MergeVigil {
  private readonly world: World;
  private readonly rules: Rules;

  /** By head: since when it is proposed. */
  private readonly proposedAt = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    this.noteProposed();
  }

  private noteProposed(): void {
    for (const repo of this.world.repoNames)
      for (const { state, head } of this.pulls(repo))
        if (state === "open" && !this.proposedAt.has(head)) this.proposedAt.set(head, this.world.nowMs);
  }

  leaving(one: Leaving): void {
    const { method, path, by, body } = one;
    // A step may last as long as its calls hang.
    this.noteProposed();
    if (method === "GET" || by === null) return;
    const repo = this.world.repoOf(by);
    if (isMerge(one)) this.merging(by, repo, one);
    const [, number] = /\/(?:pulls|issues)\/(\d+)$/.exec(path) ?? [];
    const pull = this.pulls(repo).find((each) => String(each.number) === number);
    if (pull && /"state":"closed"/.test(body)) this.rules.broken(6, `we close ${repo}#${number}, a pull request`);
    const branch = method === "DELETE" ? branchIn(path) : undefined;
    if (branch !== undefined) this.deleting(repo, branch);
  }

  /** Allowed by a setting, by CI and by those who review. */
  private merging(key: string, repo: string, { path, body }: Leaving): void {
    const { world, rules } = this;
    const head = HEAD.exec(body)?.[1] ?? "";
    const run = runsOf(world.ledgers.disk(key)).find((one) => one.proposal?.last?.head === head);
    if (world.settings.AFK_MERGE !== "when-green" || run?.proposal?.merge === "never")
      rules.broken(9, `a merge in ${repo} is asked for, and only people may`);
    const [, number] = /\/pulls\/(\d+)\/merge$/.exec(path) ?? [];
    const isIt = (pull: SeenPull) => (number === undefined ? pull.head === head : String(pull.number) === number);
    const pull = this.pulls(repo).find(isIt);
    if (!pull) return;
    if (!this.isGreen(repo, head, pull, run?.rules?.ci === "none"))
      rules.broken(9, `a merge of ${head.slice(0, 7)} (${repo}#${pull.number}) is asked for, which is not green`);
    this.isReviewed(repo, `${repo}#${pull.number}`);
    if (run && run.rules?.ci !== "none" && this.isEarly(run, head))
      rules.broken(9, `a merge of ${repo}#${pull.number} is asked for before its CI had time to show up`);
  }

  private isEarly(run: Run, head: string): boolean {
    const { nowMs, settings } = this.world;
    const graceMs = Math.min(run.limits.ciGraceMs, Number(settings.AFK_CI_GRACE_SECONDS) * 1000);
    return nowMs - (this.proposedAt.get(head) ?? nowMs) < graceMs;
  }

  private isGreen(repo: string, head: string, { branch }: SeenPull, needsNone: boolean): boolean {
    const { world } = this;
    const told = world.records.ci(repo, head, branch);
    const long = world.forgeNow() - SLACK_MS;
    // Each try of a merge asks CI of its head once more.
    if (wordOf(world, repo, head, world.forgeNow() - TRY_MS, branch) === "red") return false;
    // Run again in place, what was green a moment ago is under way.
    const isMoving = told.some((one) => one.changedAt > long);
    return needsNone || isMoving || told.some((one) => one.word === "success");
  }

  private isReviewed(repo: string, on: string): void {
    const { world, rules } = this;
    const { approvals = 0 } = world.weather.pulls?.rules ?? {};
    if (approvals > 0 && world.pullBook.approvals(on) === 0)
      rules.broken(9, `a merge of ${on} is asked for, which nobody approved`);
    if (world.pullBook.wantsChangesSince(on, world.nowMs - SLACK_MS, (by) => world.forge.mayPush(repo, by)))
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
}

function branchIn(path: string): string | undefined {
  return /\/(?:git\/refs\/heads|branches)\/(.+)$/.exec(decodeURIComponent(path))?.[1];
}

/** Asked at the end: what has landed leaves no branch behind that nobody pushed to since, and was ours to merge. */
export function checkLanded(world: World, rules: Rules): void {
  // Where the forge once answered wrongly, the act may have been refused for good.
  if (world.weather.pulls === null || world.mishaps.forge > 0) return;
  for (const repo of world.repoNames) {
    checkBranches(world, rules, repo);
    checkMerged(world, rules, repo);
    for (const pull of world.forge.pulls.all(repo))
      if (pull.mergedBy === US && world.settings.AFK_MERGE !== "when-green")
        rules.broken(9, `we merged ${repo}#${pull.number}, and only people may`);
  }
}

function checkBranches(world: World, rules: Rules, repo: string): void {
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
}
