/** What one seed is made of: how hostile the world is, and in which ways. */
import type { ForgeName } from "../fakes/forge/stand-in.ts";
import type { PullWeather } from "./landing.ts";
import type { Random } from "./random.ts";
import type { SpecialName } from "./specials.ts";
import type { SpendWeather } from "./spending.ts";

export const SYSTEMS = ["forge", "executor", "slack", "ntfy"] as const;
export type System = (typeof SYSTEMS)[number];

export interface Weather {
  forge: ForgeName;
  /** Whose CI it is, where the forge does not hear of all alike. */
  ciOf: "actions" | "outside";
  repos: number;
  issues: number;
  /** How long the weather lasts, before the calm. */
  weatherMs: number;
  /** Of a delivery: lost, doubled; and how late it may come. */
  lost: number;
  doubled: number;
  delayMsMax: number;
  /** Of a request, by system. */
  faults: Record<System, number>;
  /** Of a write, of a request. */
  crashAtWrite: number;
  crashAtCall: number;
  alarmLateMsMax: number;
  /** Of an alarm: rung again when it is over; rung again while it is still under way. */
  alarmTwice: number;
  alarmOverlaps: number;
  sweepMs: number;
  sweepMissed: number;
  /** What the other machines' clocks are ahead. */
  forgeAheadMs: number;
  executorAheadMs: number;
  latencyMsMax: number;
  /** Of an issue in the weather: how many further things people do to it. */
  meddling: number;
  /** Windows of trouble: a system down, the executor wedged or restarted, the switch thrown. */
  troubles: number;
  /** `held`: what an agent lands waits for an approval. */
  ci: "ready" | "none" | "odd" | "slow" | "held";
  /** From a push to the beginning of its CI: until then it looks like a trunk that has none. */
  ciBeginsSecondsMax: number;
  /** The forge never lets the ready label go. */
  labelStays: boolean;
  /** One thing that goes wrong again and again under a clear sky. */
  special: SpecialName | null;
  /** How changes land by pull request; null: they are pushed. */
  pulls: PullWeather | null;
  spending: SpendWeather;
  /** Its repos say of themselves what they ask for, and its agents work phase by phase. */
  ruled: boolean;
  settings: Record<string, string>;
}

/** The same world with nothing in it that fails, is late or comes twice. */
export function stillWeather(drawn: Weather): Weather {
  return {
    ...drawn,
    faults: { forge: 0, executor: 0, slack: 0, ntfy: 0 },
    doubled: 0,
    crashAtWrite: 0,
    crashAtCall: 0,
    alarmLateMsMax: 0,
    alarmTwice: 0,
    alarmOverlaps: 0,
    sweepMissed: 0,
    forgeAheadMs: 0,
    executorAheadMs: 0,
    meddling: 0,
    troubles: 0,
    labelStays: false,
    ci: "ready",
    special: null,
    ruled: false,
    ciBeginsSecondsMax: 0,
  };
}

export function drawWeather(random: Random): Weather {
  const calm = random.chance(0.15);
  const rate = (...rates: number[]) => (calm ? 0 : random.pick(rates));
  const minutes = (low: number, high: number) => random.int(low, high) * 60_000;
  return {
    repos: random.int(1, 3),
    issues: random.int(2, 4),
    weatherMs: minutes(6, 12),
    lost: rate(0, 0, 0.1, 0.5, 1),
    doubled: rate(0, 0.05, 0.3),
    delayMsMax: rate(500, 5_000, 120_000, 600_000),
    faults: {
      forge: rate(0, 0, 0.01, 0.05, 0.15),
      executor: rate(0, 0, 0.01, 0.05, 0.15),
      slack: rate(0, 0, 0.05, 0.2),
      ntfy: rate(0, 0.1, 0.4),
    },
    crashAtWrite: rate(0, 0, 0.001, 0.005),
    crashAtCall: rate(0, 0, 0.003, 0.015),
    alarmLateMsMax: rate(0, 100, 2_000, 60_000),
    alarmTwice: rate(0, 0, 0.1),
    alarmOverlaps: rate(0, 0, 0.1),
    sweepMs: random.pick([150_000, 300_000]),
    sweepMissed: rate(0, 0, 0.3),
    forgeAheadMs: calm ? 0 : random.int(-300_000, 300_000),
    executorAheadMs: calm ? 0 : random.int(-300_000, 300_000),
    latencyMsMax: random.pick([20, 200, 1500]),
    meddling: rate(0, 0.5, 1, 2),
    troubles: calm ? 0 : random.int(0, 4),
    ci: random.weighted([
      ["ready", 6],
      ["odd", 3],
      ["none", 1],
    ]),
    ciBeginsSecondsMax: 20,
    labelStays: !calm && random.chance(0.03),
    special: null,
    pulls: null,
    spending: { reports: true, price: null, budgetUsd: null },
    ruled: false,
    settings: {
      AFK_LANDING: "push",
      AFK_POLL_SECONDS: String(random.pick([90, 180])),
      AFK_COALESCE_SECONDS: String(random.pick([0.2, 20, 60])),
      AFK_RUN_MAX_SECONDS: String(random.pick([480, 900])),
      AFK_START_SECONDS: "90",
      AFK_STALL_SECONDS: "240",
      AFK_DEPLOY_SECONDS: "120",
      AFK_CI_GRACE_SECONDS: "90",
      AFK_FIX_FORWARD_MAX_SECONDS: String(random.pick([300, 1200])),
      AFK_FIX_FORWARD_MAX_ATTEMPTS: String(random.int(0, 3)),
      AFK_MAX_RUNS: String(random.int(1, 3)),
      AFK_THREADS_PER_HOUR: String(random.pick([3, 10, 10, 10, 10])),
    },
    forge: random.weighted([
      ["github", 2],
      ["forgejo", 1],
    ]),
    ciOf: random.weighted([
      ["actions", 3],
      ["outside", 1],
    ]),
  };
}
