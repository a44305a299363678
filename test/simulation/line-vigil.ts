/**
 * Rule 10, of the places among the runs in flight: a repo that asks for one is not passed again and again by those that
 * came after it. A part of `Rules`, asked after every step of what the loop wrote to its log.
 */
import { waitsForNothing } from "./restless.ts";
import type { Rules } from "./rules.ts";
import type { LogLine } from "./story.ts";
import type { World } from "./world.ts";

/** Who has not asked for so long, as far as the log shows, waits no more. */
const POLLS = 2;
/** One may lose its turn to what goes wrong. */
const PASSED_MAX = 1;

interface InLine {
  since: number;
  askedAt: number;
  /** Claims of repos that were not in line before it. */
  passed: number;
}

export class LineVigil {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly line = new Map<string, InLine>();
  /** How many lines of the log were looked at. */
  private seen = 0;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    const { log } = this.world;
    for (; this.seen < log.length; this.seen++) this.read(log[this.seen] as LogLine);
  }

  private read({ repo, code, msg }: LogLine): void {
    const { nowMs } = this.world;
    if (repo === null) return;
    if (code === "limits" && /in flight|in line/.test(msg)) {
      const { since, passed } = this.line.get(repo) ?? { since: nowMs, passed: 0 };
      this.line.set(repo, { since, askedAt: nowMs, passed });
      return;
    }
    if (code === "claimed") this.claimed(repo);
    // It had its turn, whatever else stood in its way.
    if (code === "claimed" || msg.startsWith("not now: ") || msg.startsWith("refused: ")) this.line.delete(repo);
  }

  private claimed(repo: string): void {
    const { nowMs, settings } = this.world;
    const freshMs = POLLS * Number(settings.AFK_POLL_SECONDS) * 1000;
    const since = this.line.get(repo)?.since ?? nowMs;
    for (const [other, one] of this.line) {
      if (other === repo || one.since >= since) continue;
      if (nowMs - one.askedAt > freshMs || !this.isReady(other)) this.line.delete(other);
      else if (++one.passed > PASSED_MAX)
        this.rules.broken(10, `${other} asks for a place, and ${one.passed} that came later were given one`);
    }
  }

  /** Where nothing may start anyway, it asks and lets others go first. */
  private isReady(ledger: string): boolean {
    const { world, rules } = this;
    const repo = world.repoOf(ledger);
    return world.forge.issues(repo).some((issue) => waitsForNothing(world, rules, repo, issue));
  }
}
