/**
 * What will happen, in its order, and the clock it happens by. Whatever is due while a request is under way happens then,
 * between the question and its answer.
 */
import { count } from "./coverage.ts";
import { running } from "./platform.ts";

/** Of the worker's doings, beside the one at the top. */
const BESIDE_MAX = 3;

export interface Happening {
  at: number;
  order: number;
  what: string;
  /**
   * `top`: only between two steps, never while a request is under way. `aside`: the worker's own doings; started while
   * a request is under way they run beside it, overlapping at every await.
   */
  place: "anywhere" | "top" | "aside";
  run: () => unknown;
}

interface Told {
  /** Something with a name happens. */
  tell(what: string): void;
  /** It has happened. */
  onStep(what: string): void;
  /** Before each; it may throw. */
  goOn(): void;
}

export class Agenda {
  nowMs: number;
  private readonly told: Told;
  private readonly queue: Happening[] = [];
  private order = 0;
  private pumping = false;
  private readonly beside = new Set<Promise<unknown>>();

  constructor(startMs: number, told: Told) {
    this.nowMs = startMs;
    this.told = told;
  }

  at(ms: number, what: string, run: Happening["run"], place: Happening["place"] = "anywhere"): void {
    const happening = { at: Math.max(ms, this.nowMs), order: this.order++, what, place, run };
    let index = this.queue.length;
    while (index > 0 && comesBefore(happening, this.queue[index - 1])) index--;
    this.queue.splice(index, 0, happening);
  }

  after(ms: number, what: string, run: Happening["run"], place: Happening["place"] = "anywhere"): void {
    this.at(this.nowMs + ms, what, run, place);
  }

  /** Lets everything happen until then, in its order. */
  async runUntil(ms: number): Promise<void> {
    for (;;) {
      this.told.goOn();
      const next = this.queue[0];
      if (!next || next.at > ms) break;
      this.queue.shift();
      this.nowMs = Math.max(this.nowMs, next.at);
      await this.happen(next);
    }
    this.nowMs = Math.max(this.nowMs, ms);
  }

  private async happen(happening: Happening): Promise<void> {
    if (happening.what !== "") this.told.tell(happening.what);
    await running.exit(async () => happening.run());
    while (this.beside.size > 0) await Promise.all(this.beside);
    this.told.onStep(happening.what);
  }

  private startBeside(happening: Happening): void {
    count("fault", "overlap-of-others");
    const task = running.exit(async () => happening.run()).finally(() => this.beside.delete(task));
    this.beside.add(task);
  }

  /** What is due while a request is under way. */
  async meanwhile(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    try {
      for (;;) {
        const fits = (one: Happening) =>
          one.place === "anywhere" || (one.place === "aside" && this.beside.size < BESIDE_MAX);
        const index = this.queue.findIndex((one) => one.at > this.nowMs || fits(one));
        const next = this.queue[index];
        if (!next || next.at > this.nowMs) return;
        this.queue.splice(index, 1);
        if (next.place === "aside") this.startBeside(next);
        else {
          if (next.what !== "") this.told.tell(next.what);
          await running.exit(async () => next.run());
          this.told.onStep(next.what);
        }
      }
    } finally {
      this.pumping = false;
    }
  }
}

function comesBefore(one: Happening, other: Happening | undefined): boolean {
  return other !== undefined && (one.at < other.at || (one.at === other.at && one.order < other.order));
}
