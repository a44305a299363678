/** Rule 6, of what the loop cannot do: whoever has to mend it hears of it. A part of `Rules`. */
import { inFlight } from "./ledger-records.ts";
import type { Mishap } from "./network.ts";
import type { Rules } from "./rules.ts";
import type { System } from "./weather.ts";
import { READY, type World } from "./world.ts";

/** What cannot be read is told after ten looks in a row; one more, that the first may have begun before. */
const LOOKS = 11;
/** What no delivery tells is seen within so many. */
const SWEEPS = 2;
/** The reads of one look. */
const LOOK_MS = 15_000;

/** Reads whose failing is not what is to be told. */
const BESIDE = [
  // After an act that failed otherwise it is asked whether all is gone.
  /^\/repos\/[^/]+\/[^/]+(\/issues\/\d+)?$/,
  // A proposal can do without an agent's last words, and a fix without its logs.
  /\/orchestration\/threads\/[^/]+$/,
  /\/actions\/(jobs\/\d+(\/logs)?|runs\/\d+\/jobs)$/,
];

interface Mishappened {
  mishap: Mishap;
  system: System;
  path: string;
  /** The ledger, or whatever else asked. */
  by: string | null;
  body: string;
}

interface Outage {
  until: number;
  /** By run in flight: since when it has met this outage. */
  met: Map<string, number>;
}

export class Silence {
  private readonly world: World;
  private readonly rules: Rules;
  private outage: Outage = { until: 0, met: new Map() };
  /** What must have rung, by the beginning of a bell's key; lost where somebody died between an answer and its record. */
  private readonly due = new Map<string, { what: string; isFragile: boolean }>();
  private isChannelDeaf = false;
  /** By repo: since when somebody waits there, under a name that is not enrolled. */
  private readonly misnamed = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  mishap({ mishap, system, path, by, body }: Mishappened): void {
    // A bell that is refused for good is not rung again.
    if (system === "slack" && (mishap === "4xx" || mishap === "404")) this.isChannelDeaf = true;
    // An act that is refused for good is told to whoever can mend it.
    const isAct = /\/issues\/\d+\/labels\/[^/]+$/.test(path) || /afk-hand-over:/.test(body);
    if (mishap === "4xx" && system === "forge" && by?.includes(":") && isAct)
      this.due.set(troubleKey(by, system), { what: `the forge refuses ${path}`, isFragile: true });
    const isBeside = BESIDE.some((one) => one.test(path));
    if (mishap !== "401" || system === "slack" || !by?.includes(":") || isBeside) return;
    const key = troubleKey(by, system);
    if (!this.due.has(key)) this.due.set(key, { what: `${system} refuses the token`, isFragile: true });
  }

  afterStep(): void {
    const { world } = this;
    const { until } = world.outages.get("executor") ?? { until: 0 };
    if (until !== this.outage.until) this.outage = { until, met: new Map() };
    const { met } = this.outage;
    const needMs = LOOKS * (Number(world.settings.AFK_POLL_SECONDS) * 1000 + world.weather.alarmLateMsMax + LOOK_MS);
    for (const [key, run] of world.everyRun()) {
      const since = met.get(run.id);
      // Without a thread there is nothing to read there yet.
      const reads = run.outcome === null && run.threads.length > 0;
      if (!reads || until <= world.nowMs) met.delete(run.id);
      else if (since === undefined) met.set(run.id, world.nowMs);
      else if (world.nowMs - since > needMs)
        this.due.set(troubleKey(key, "executor"), { what: "the executor cannot be read", isFragile: false });
    }
    for (const repo of world.repoNames) this.seeName(repo);
  }

  private seeName(repo: string): void {
    const { world, misnamed } = this;
    const key = world.key(repo);
    const isWaiting = () => world.forge.issues(repo).some((one) => one.state === "open" && one.labels.includes(READY));
    const isMissed = world.renaming.hasOtherName(repo) && !inFlight(world.ledgers.disk(key)) && isWaiting();
    if (!isMissed) return void misnamed.delete(repo);
    const since = misnamed.get(repo) ?? world.nowMs;
    misnamed.set(repo, since);
    if (world.nowMs - since > SWEEPS * world.weather.sweepMs + LOOK_MS)
      this.due.set(troubleKey(key, "forge"), { what: `${repo} has another name`, isFragile: false });
  }

  /** Asked when the calm is over. */
  check(): void {
    const { world } = this;
    if (this.isChannelDeaf) return;
    const rung = world.slack.messages.map((one) => JSON.stringify(one.metadata ?? null));
    for (const [key, { what, isFragile }] of this.due) {
      if (isFragile && world.crashes > 0) continue;
      if (!rung.some((one) => one.includes(key))) this.rules.broken(6, `nobody was told that ${what} (${key})`);
    }
  }
}

function troubleKey(ledger: string, system: System): string {
  return `afk-${ledger}-ring-slack-trouble-${system}`;
}
