/** Rule 6, its other side: nobody is called for what has failed once or twice. A part of `Rules`. */
import type { Mishap } from "./network.ts";
import type { Rules } from "./rules.ts";
import type { System } from "./weather.ts";
import type { World } from "./world.ts";

/** A person is called after ten failures in a row; the tenth may be one that took effect, and was not seen to fail. */
const TIMES = 9;
/** A name that is on the list and no longer the repo's is told at once. */
const MISNAMED = ["renamed", "squatted-name"];

export class FalseAlarms {
  private readonly world: World;
  private readonly rules: Rules;
  /** By ledger and system: what went wrong, and whether any of it is to be told at once. */
  private readonly failures = new Map<string, { times: number; isLoud: boolean }>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  mishap({ mishap, system, by }: { mishap: Mishap; system: System; by: string | null }): void {
    const before = this.failures.get(`${by} ${system}`) ?? { times: 0, isLoud: false };
    const isLoud = before.isLoud || mishap === "401" || mishap === "4xx" || mishap === "404";
    this.failures.set(`${by} ${system}`, { times: before.times + 1, isLoud });
  }

  served({ system, body, by }: { system: System; body: string; by: string | null }): void {
    if (system !== "slack" || !body.includes("-ring-slack-trouble-")) return;
    if (MISNAMED.includes(this.world.weather.special ?? "")) return;
    const [, what] = /-ring-slack-trouble-(forge|ntfy)-/.exec(new URLSearchParams(body).get("metadata") ?? "") ?? [];
    const { times, isLoud } = this.failures.get(`${by} ${what}`) ?? { times: 0, isLoud: false };
    if (what !== undefined && !isLoud && times < TIMES)
      this.rules.broken(6, `${by} calls a person for ${what}, which has failed ${times} times`);
  }
}
