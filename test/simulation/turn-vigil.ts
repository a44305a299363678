/**
 * Rules 1, 3, 4 and 6, of what the executor takes: threads, answers to what an agent asked, and turns. A part of `Rules`,
 * which asks it of each request that was served.
 */
import { briefOf } from "./agent.ts";
import { count } from "./coverage.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

interface Turn {
  threadId: string;
  text: string;
}

export class TurnVigil {
  private readonly world: World;
  private readonly rules: Rules;
  /** By thread: which of its questions were answered. */
  private readonly asked = new Map<string, Set<string>>();
  /** By run. */
  private readonly threadsOf = new Map<string, Set<string>>();
  /** Runs that had their first turn, and reds that were answered, by thread and commit. */
  private readonly answered = new Set<string>();
  /** How many of each were looked at. */
  private commands = 0;
  private turns = 0;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  served(): void {
    this.commandsTaken();
    const accepted = this.world.t3.dispatched.turns();
    for (const turn of accepted.slice(this.turns)) this.accepted(turn);
    this.turns = accepted.length;
  }

  private commandsTaken(): void {
    const all = this.world.t3.dispatched.commands();
    if (all.length < this.commands) this.commands = 0;
    for (const { command } of all.slice(this.commands)) {
      const thread = String(command.threadId);
      if (command.type === "thread.create") this.threadMade(thread);
      if (/respond$/.test(command.type)) this.questionAnswered(thread, String(command.requestId));
    }
    this.commands = all.length;
  }

  private threadMade(thread: string): void {
    const run = runIn(thread);
    const had = this.threadsOf.get(run) ?? new Set();
    this.threadsOf.set(run, had.add(thread));
    if (had.size > 1) this.rules.broken(4, `run ${run} has the threads ${[...had].join(", ")}`);
  }

  private questionAnswered(thread: string, question: string): void {
    const asked = this.asked.get(thread) ?? new Set();
    this.asked.set(thread, asked.add(question));
    if (asked.size > 1) this.rules.broken(6, `${asked.size} questions of ${thread} were answered`);
  }

  private accepted({ threadId, text }: Turn): void {
    this.mayStart(threadId);
    if (this.rules.pulls.reviews.turn(threadId, text)) return;
    const sha = /CI of your (?:landed commit|pull request's head) ([0-9a-f]{40})/.exec(text)?.[1];
    if (sha === undefined) this.firstTurn(text);
    else this.redAnswered(threadId, sha);
  }

  /** Rule 1. */
  private mayStart(threadId: string): void {
    const { world, rules } = this;
    if (!world.armed) rules.broken(1, `a turn starts in ${threadId} while the kill switch is on`);
    const key = this.ledgerOf(threadId);
    if (key !== null && world.isPaused(key)) rules.broken(1, `a turn starts in ${threadId} while its repo is paused`);
    if (key !== null && !world.isEnrolled(key)) rules.broken(1, `a turn starts in ${key}, which is not enrolled`);
  }

  /** The ledger whose run has this thread. */
  private ledgerOf(threadId: string): string | null {
    const [key = null] = this.world.ledgerDisks().find(([, disk]) => disk.data.has(`run:${runIn(threadId)}`)) ?? [];
    return key;
  }

  private redAnswered(threadId: string, sha: string): void {
    const { world, rules } = this;
    const answer = `${threadId} ${sha}`;
    if (this.answered.has(answer)) rules.broken(4, `two answers to the red ${sha.slice(0, 7)} in ${threadId}`);
    this.answered.add(answer);
    rules.faults.taken(threadId);
    if (!world.commitBook.wasRedSince(sha) && !world.pullBook.queued.has(sha))
      rules.broken(4, `an answer in ${threadId} to ${sha.slice(0, 7)}: nothing was red there`);
  }

  private firstTurn(text: string): void {
    const { world, rules } = this;
    const { repo: name, issue, run } = briefOf(text);
    const repo = this.world.renaming.firstName(name);
    if (this.answered.has(run)) rules.broken(4, `a second first turn of run ${run}`);
    this.answered.add(run);
    const bodies = rules.gates.bodies.get(`${repo}#${issue}`) ?? [];
    if (!bodies.some((body) => body.split("\n").every((line) => text.includes(`> ${line}`))))
      rules.broken(3, `the first turn of ${repo}#${issue} does not tell its text`);
    rules.gates.firstTurn(repo, issue, run);
    // Another repo under the name of ours is not ours.
    if (world.squatted.has(repo)) rules.broken(3, `a first turn in ${repo}, which is another repo by now`);
    const claimed = world.runs(repo).find((one) => one.id === run);
    if (claimed && world.weather.pulls !== null) rules.pulls.firstTurn(repo, claimed);
    if (claimed?.labelEvent.ordered) count("fault", "retry-started");
  }
}

function runIn(thread: string): string {
  return /^afk-([0-9a-f]{16})/.exec(thread)?.[1] ?? "";
}
