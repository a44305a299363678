/**
 * Rules 3 and 4, of the turns that answer reviews: who is heeded, how often, and in how many rounds. A part of `PullVigil`,
 * asked of each turn that the executor has taken.
 */
import type { Run } from "../../lib/core/run.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

const ROUNDS_MAX = 3;

export class ReviewTurns {
  private readonly world: World;
  private readonly rules: Rules;
  /** By thread. */
  private readonly rounds = new Map<string, number>();
  /** Threads with the marks of the remarks they answered. */
  private readonly answered = new Set<string>();

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
    for (const [mark] of text.matchAll(/\[remark-\d+\]/g)) this.answers(thread, mark);
    return true;
  }

  private answers(thread: string, mark: string): void {
    const by = this.world.pullBook.unheeded.get(mark);
    if (by !== undefined) this.rules.broken(3, `a turn in ${thread} heeds ${mark} of ${by}`);
    if (this.answered.has(`${thread} ${mark}`)) this.rules.broken(4, `two answers to ${mark} in ${thread}`);
    this.answered.add(`${thread} ${mark}`);
  }

  hasAnswered(run: Run, mark: string): boolean {
    return run.threads.some((thread) => this.answered.has(`${thread} ${mark}`));
  }

  roundsOf(run: Run): number {
    return run.threads.reduce((sum, thread) => sum + (this.rounds.get(thread) ?? 0), 0);
  }
}
