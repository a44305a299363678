/** Rules 9 and 10, of what the loop wrote to its log. A part of `Rules`, asked after every step. */
import { SECRETS } from "./armed-settings.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

export class LogVigil {
  private readonly world: World;
  private readonly rules: Rules;
  /** How many lines were looked at. */
  private seen = 0;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    const { world, rules } = this;
    for (const line of world.log.slice(this.seen)) {
      for (const secret of SECRETS) if (line.msg.includes(secret)) rules.broken(9, "a secret in the log");
      if (line.code === "thrown" && !/crashed/.test(line.msg)) rules.broken(10, `thrown: ${line.msg.slice(0, 300)}`);
    }
    this.seen = world.log.length;
  }
}
