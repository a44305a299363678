/** People and fate: wishes in the busy repos, chatter, and a trunk repaired where a story left it red. */
import { unfinished } from "./judge.ts";
import type { Random } from "./random.ts";
import { type StoryName, storyOf, WEIGHTS } from "./stories.ts";
import { BUSY, type Town } from "./town.ts";
import type { Wanted } from "./wanted.ts";

/** Issues ready or at work in a busy repo, at most. */
const WISHES_OPEN = 2;
const CHATTER_MS = 150;
const REPAIR_MS = 250;

export class Stream {
  private readonly town: Town;
  private readonly random: Random;
  private readonly repaired = new Set<Wanted>();
  private chatter: NodeJS.Timeout | null = null;
  private repairs: NodeJS.Timeout | null = null;

  constructor(town: Town, random: Random) {
    this.town = town;
    this.random = random;
  }

  start(): void {
    this.chatter = setInterval(() => void this.guarded(this.town.chatter()), CHATTER_MS);
    this.repairs = setInterval(() => void this.guarded(this.repair()), REPAIR_MS);
  }

  /** No more wishes and no chatter; a red trunk is still repaired. */
  calm(): void {
    if (this.chatter !== null) clearInterval(this.chatter);
  }

  stop(): void {
    this.calm();
    if (this.repairs !== null) clearInterval(this.repairs);
  }

  wishes(): void {
    for (const repo of BUSY) {
      const open = this.town.wanted.filter((one) => one.repo === repo && unfinished(this.town, one) !== null).length;
      for (let more = open; more < WISHES_OPEN; more++) this.town.wish(repo, this.story());
    }
  }

  private story(): StoryName {
    return this.random.weighted(WEIGHTS);
  }

  private async repair(): Promise<void> {
    for (const wanted of this.town.wanted) {
      if (!storyOf(wanted.story).leavesRed || this.repaired.has(wanted) || unfinished(this.town, wanted)) continue;
      this.repaired.add(wanted);
      await this.town.repair(wanted.repo);
    }
  }

  private async guarded(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => this.town.labour.mishaps.push(`the stream stumbled: ${error}`));
  }
}
