/** Rule 10: a forge that limits us is asked nothing more by whoever heard it, until the time it named is over. */
import { LIMITED_MS } from "./network.ts";
import type { Incarnation } from "./storage.ts";

export class LeftAlone {
  /** What a life has heard, it forgets with its death. */
  private readonly heard = new WeakMap<Incarnation, { from: number; until: number }>();

  limited(caller: Incarnation | null, now: number): void {
    if (caller !== null) this.heard.set(caller, { from: now, until: now + LIMITED_MS });
  }

  /** One that left in the very moment of the answer may have been on its way already. */
  isTooSoon(caller: Incarnation | null, now: number): boolean {
    const one = caller === null ? undefined : this.heard.get(caller);
    return one !== undefined && now > one.from && now < one.until;
  }
}
