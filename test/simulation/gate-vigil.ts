/** Rules 2 and 3: no first turn leaves against a gate. What fails is asked of the forge's own records. */

import type { Run } from "../../lib/core/run.ts";
import type { SeenIssue } from "../fakes/forge/stand-in.ts";
import { toldOf, wordOf } from "./commit-records.ts";
import { blockersOf, holder, isBot, latestLabelling } from "./issue-records.ts";
import { runsOf } from "./ledger-records.ts";
import type { Rules } from "./rules.ts";
import type { Disk } from "./storage.ts";
import { IN_PROGRESS, READY, US, type World } from "./world.ts";

/** Between what a listing tells and the claim that follows upon it. */
const COMES_UP_MS = 120_000;

interface IssueRecord {
  refusal: { code: string; labelEventId: string | null } | null;
  judgedAt: number;
}

export class GateVigil {
  private readonly world: World;
  private readonly rules: Rules;
  /** Gates that failed, by issue, at the last two real reads of it by the loop: a later gate may read it once more. */
  private readonly lastReads = new Map<string, string[][]>();
  /** By ledger: since it last read its repo, as each try of a start begins, the gates that failed at the issue read next. */
  private readonly tried = new Map<string, { key: string; failing: string[] } | null>();
  /** By ledger: what it asked of its forge last. */
  private readonly lastAsked = new Map<string, string>();
  /** By ledger and labelling: when it was refused for whoever made it. In a repo it is moved to it is judged anew. */
  private readonly untrusted = new Map<string, number>();
  /** Labellings whose labeller might not label when their issue was read. */
  readonly wasUntrusted = new Set<string>();
  /** By issue: its text at the last reads. */
  readonly bodies = new Map<string, string[]>();
  /** By ledger: how many writes it had when it was looked at last. */
  private readonly writes = new Map<string, number>();
  private spentSince: number | null = null;
  private oldSince: number | null = null;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    const { world } = this;
    this.spentSince = this.isSpent() ? (this.spentSince ?? world.nowMs) : null;
    this.oldSince = world.t3.version !== null ? (this.oldSince ?? world.nowMs) : null;
    for (const [key, disk] of world.ledgerDisks()) {
      if (this.writes.get(key) === disk.writes) continue;
      this.writes.set(key, disk.writes);
      this.noteUntrusted(key, disk);
    }
  }

  private noteUntrusted(key: string, { data }: Disk): void {
    for (const number of (data.get("repo") as { refused: number[] } | undefined)?.refused ?? []) {
      const { refusal, judgedAt } = data.get(`issue:${number}`) as IssueRecord;
      if (refusal?.code !== "labeller_untrusted") continue;
      const labelling = `${key} ${refusal.labelEventId}`;
      if (!this.untrusted.has(labelling)) this.untrusted.set(labelling, judgedAt);
    }
  }

  /** The forge has been asked. */
  read({ path, by }: { path: string; by: string | null }): void {
    const asker = by ?? "";
    const before = this.lastAsked.get(asker) ?? "";
    this.lastAsked.set(asker, path);
    if (/^\/repos\/[^/]+\/[^/]+$/.test(path)) this.tried.set(asker, null);
    const [, repo = "", number = ""] = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)$/.exec(path) ?? [];
    // Right after its blockers an issue is read for their count alone: the same try has read its gates before.
    if (number === "" || before.startsWith(`${path}/dependencies/`)) return;
    const key = `${repo}#${number}`;
    const issue = this.world.issue(repo, Number(number));
    this.bodies.set(key, [...(this.bodies.get(key) ?? []), issue?.body ?? ""].slice(-3));
    const last = this.lastReads.get(key)?.at(-1) ?? [];
    const failing = this.failing(repo, Number(number));
    this.lastReads.set(key, [last, failing]);
    const event = issue && failing.includes("labeller_untrusted") ? latestLabelling(issue, READY) : undefined;
    if (event) this.wasUntrusted.add(event.id);
    if (this.tried.get(asker) === null) this.tried.set(asker, { key, failing });
  }

  /** The executor has taken one. */
  firstTurn(repo: string, issue: number, run: string): void {
    const { world } = this;
    const key = `${repo}#${issue}`;
    this.others(repo, issue, run, key);
    const now = this.failing(repo, issue);
    const [first, last] = this.lastReads.get(key) ?? [["never read"], ["never read"]];
    for (const gate of last ?? [])
      if (gate === "never read" || (now.includes(gate) && first?.includes(gate)))
        this.rules.broken(3, `a first turn on ${key} against the gate ${gate}`);
    // Where no two tries of one ledger overlap, the last one is the one that sent it.
    const tried = world.weather.alarmOverlaps === 0 ? this.tried.get(world.key(repo)) : null;
    for (const gate of tried?.key === key ? tried.failing : [])
      if (now.includes(gate)) this.rules.broken(3, `a first turn on ${key} against the gate ${gate}`);
  }

  /** Of all that may start the most urgent goes first; one that came up just now may have come too late. */
  claimed(key: string, run: Run): void {
    const { world } = this;
    const repo = world.repoOf(key);
    // Whatever its labeller may do by now: a labelling that was refused for him says nothing more.
    const refusedAt = this.untrusted.get(`${key} ${run.labelEvent.id}`);
    if (!run.labelEvent.ordered && refusedAt !== undefined && refusedAt < run.startedAt)
      this.rules.broken(3, `${repo}#${run.issue.number} is taken, whose labelling was refused for its labeller`);
    const taken = world.issue(repo, run.issue.number);
    if (taken === null || run.repairs || world.mishaps.forge > 0 || world.crashes > 0) return;
    // Read for each anew: it may turn green between two.
    const long = world.forgeNow() - COMES_UP_MS;
    const head = world.git.toJSON()[repo]?.branches.main ?? "";
    if (toldOf(world, repo, head).some(({ changedAt }) => changedAt > long)) return;
    for (const other of world.forge.issues(repo))
      if (urgency(other) < urgency(taken) && this.waits(key, other))
        this.rules.broken(3, `${repo}#${taken.number} is taken before #${other.number}, which is more urgent`);
  }

  /** For long, and nothing that the loop knows of stands in its way. */
  private waits(key: string, issue: SeenIssue): boolean {
    const { world } = this;
    const repo = world.repoOf(key);
    const { data } = world.ledgers.disk(key);
    const event = latestLabelling(issue, READY);
    if (this.failing(repo, issue.number).length > 0 || holder(issue) !== "none" || event === undefined) return false;
    const record = data.get(`issue:${issue.number}`) as { refusal: object | null } | undefined;
    const consumed = (data.get(`event:${event.id}`) as { consumed: boolean } | undefined)?.consumed;
    return !record?.refusal && !consumed && Date.parse(event.at) < world.forgeNow() - COMES_UP_MS;
  }

  /** Of a first turn: the gates that are not the issue's own. */
  private others(name: string, number: number, id: string, key: string): void {
    const { world } = this;
    const disk = world.ledgers.disk(world.key(name));
    const run = runsOf(disk).find((one) => one.id === id);
    const history = world.records.history(name, number);
    if (!run || !history) return;
    const taken = history.findIndex((one) => one.id === run.labelEvent.id);
    const marks = history.slice(taken + 1).filter((one) => one.label === IN_PROGRESS);
    const [stamp] = marks.slice(marks.findLastIndex((one) => one.what === "unlabeled") + 1);
    if (taken >= 0 && stamp?.by !== US) this.rules.broken(2, `a first turn on ${key} without our stamp`);
    if (world.forge.issues(name).some((one) => one.number !== number && this.isElsewhere(one)))
      this.rules.broken(3, `a first turn on ${key} against the gate held_elsewhere`);
    const { freeze } = (disk.data.get("repo") ?? {}) as { freeze?: { forgeIso: string | null; at: number } | null };
    const { atIso } = run.labelEvent.ordered ?? run.labelEvent;
    const ordered = freeze?.forgeIso != null && Date.parse(atIso) > Date.parse(freeze.forgeIso);
    if (freeze && !ordered) this.rules.broken(3, `a first turn on ${key} against the gate repo_frozen`);
    const head = world.git.toJSON()[name]?.branches.main ?? "";
    if (!freeze && wordOf(world, name, head, world.forgeNow() - 120_000) === "red")
      this.rules.broken(3, `a first turn on ${key} against the gate trunk_red`);
    const before = (since: number | null) => since !== null && since < run.startedAt - 60_000;
    if (this.isSpent() && before(this.spentSince))
      this.rules.broken(3, `a first turn on ${key} against the gate quota`);
    if (before(world.special.repos.misruledSince))
      this.rules.broken(3, `a first turn on ${key} against the gate repo_config`);
    if (world.t3.version !== null && before(this.oldSince))
      this.rules.broken(3, `a first turn on ${key} against the gate executor`);
  }

  /** For long, by another loop. */
  private isElsewhere(issue: SeenIssue): boolean {
    if (issue.state !== "open" || holder(issue) !== "other") return false;
    const at = latestLabelling(issue, IN_PROGRESS)?.at ?? "";
    return Date.parse(at) < this.world.forgeNow() - COMES_UP_MS;
  }

  /** The gates that fail now, by the forge's own records. */
  failing(repo: string, number: number): string[] {
    const { world } = this;
    const issue = world.issue(repo, number);
    if (!issue || issue.state === "closed" || !issue.labels.includes(READY)) return ["not_ready"];
    const failing = world.renaming.hasOtherName(repo) ? ["not_enrolled"] : [];
    const event = latestLabelling(issue, READY);
    const ours = event?.by === US ? world.retriers.judge(repo, issue, event) : null;
    const may = event && (event.by === world.bot || (!isBot(event.by) && world.forge.mayPush(repo, event.by)));
    if (!(ours ? ours.trusted : may)) failing.push("labeller_untrusted");
    if (ours ? !ours.stands : event && world.forge.textStands(repo, number, event.id) === "no") failing.push("edited");
    if (blockersOf(world, repo, issue).some((one) => one.state === "open")) failing.push("blocked");
    return failing;
  }

  private isSpent(): boolean {
    const quota = this.world.records.quota();
    return quota !== null && quota.left <= 50 && quota.resetAt > this.world.forgeNow();
  }
}

/** By the number in its label, those without after all others, and then the older one. */
function urgency({ labels, number }: SeenIssue): number {
  const [first = 9] = labels
    .flatMap((label) => /^priority:(\d)$/.exec(label)?.[1] ?? [])
    .map(Number)
    .sort();
  return first * 1000 + number;
}
