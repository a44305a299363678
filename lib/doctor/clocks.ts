/**
 * The clocks of the systems that were asked, by the Date of their answers. It tells whole seconds, cut off; the answer
 * was written somewhere between our asking and our hearing it.
 */
import type { Fetch } from "../forge/http.ts";
import type { ClockFacts } from "./facts.ts";

const SECOND_MS = 1000;

export class Clocks {
  private readonly best = new Map<string, ClockFacts>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** The same fetch, with an eye on its answers. */
  watching(system: string, send: Fetch): Fetch {
    return async (url, init) => {
      const asked = this.now();
      const response = await send(url, init);
      this.note(system, response.headers, asked, this.now());
      return response;
    };
  }

  facts(): ClockFacts[] {
    return [...this.best.values()].sort((one, other) => one.system.localeCompare(other.system));
  }

  private note(system: string, headers: Headers, asked: number, heard: number): void {
    const date = Date.parse(headers.get("date") ?? "");
    // An answer out of some cache bears the time it was made.
    if (Number.isNaN(date) || headers.has("age")) return;
    const aheadMs = Math.round(date + SECOND_MS / 2 - (asked + heard) / 2);
    const sureMs = Math.ceil(SECOND_MS / 2 + (heard - asked) / 2);
    const before = this.best.get(system);
    if (before === undefined || sureMs < before.sureMs) this.best.set(system, { system, aheadMs, sureMs });
  }
}
