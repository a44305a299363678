/**
 * What there is to watch, as families of samples: one pure function of what the fleet holds. Labels come from small closed
 * sets, or name a system; never a repo, an issue or anybody's words. `docs/metrics.md` says of each when it moves.
 */
import { GATES } from "../core/gate-table.ts";
import { NOTICE_KINDS } from "../core/notices.ts";
import { PHASES } from "../core/phase-checklist.ts";
import type { Family, Labels } from "../core/prometheus.ts";
import { OUTCOMES } from "../core/run.ts";
import {
  added,
  emptyHistogram,
  emptyTally,
  PHASE_BOUNDS,
  STARTED_BOUNDS,
  SWEEP_BOUNDS,
  type Tally,
} from "../core/tally.ts";
import { type FleetRecord, sums } from "./fleet-book.ts";

export interface Watched {
  record: FleetRecord;
  armed: boolean;
  enrolled: string[];
  version: string;
  /** At its last read; null: never read. */
  reachable: boolean | null;
}

export function families(watched: Watched, now: number): Family[] {
  const tally = added(watched.record.tally, emptyTally);
  return [...standing(watched, now), ...ofForges(watched.record), ...ofRuns(tally), ...ofCalls(tally)];
}

function standing({ record, armed, enrolled, version, reachable }: Watched, now: number): Family[] {
  const { inFlight, frozenRepos, actsPending, oldestActAt } = sums(record, enrolled);
  const oldest = oldestActAt === null ? 0 : Math.max(0, now - oldestActAt) / 1000;
  const { lastAt } = record.sweep;
  const warnings = Object.values(record.notices ?? {}).filter(({ state }) => state === "stands");
  return [
    gauge("afk_build_info", "Which release this is; always 1.", [[{ version }, 1]]),
    gauge(
      "afk_armed",
      "1 while the loop is armed: kill switch off, a repo enrolled, every setting valid.",
      armed ? 1 : 0,
    ),
    gauge("afk_enrolled_repos", "Repos on the allowlist.", enrolled.length),
    gauge("afk_runs_in_flight", "Runs that are not settled, those that wait for people included.", inFlight),
    gauge("afk_frozen_repos", "Enrolled repos in which nothing starts until their trunk is repaired.", frozenRepos),
    gauge("afk_acts_pending", "Acts that are decided and not performed yet.", actsPending),
    gauge("afk_oldest_act_age_seconds", "Age of the oldest pending act; 0 when none is pending.", oldest),
    gauge("afk_executor_reachable", "Whether the executor answered when it was read last; absent until then.", [
      ...(reachable === null ? [] : [[{}, reachable ? 1 : 0] satisfies Sample]),
    ]),
    gauge("afk_sweep_last_timestamp_seconds", "When the last sweep ended; absent until there was one.", [
      ...(lastAt === null ? [] : [[{}, lastAt / 1000] satisfies Sample]),
    ]),
    gauge(
      "afk_notices",
      "Things that end quietly and were found so by the last sweep, by kind.",
      NOTICE_KINDS.map((kind) => [{ kind }, warnings.filter(({ warning }) => warning.kind === kind).length]),
    ),
    gauge("afk_disk_free_bytes", "Room where a self-hosted state lies, as of the last sweep; absent elsewhere.", [
      ...(record.disk ? [[{}, record.disk.freeBytes] satisfies Sample] : []),
    ]),
    gauge("afk_sweep_carried_repos", "Repos the last sweep left for the next.", record.sweep.carried),
  ];
}

function ofForges({ quota, tokens = {} }: FleetRecord): Family[] {
  const each = (value: (one: FleetRecord["quota"][string]) => number): Sample[] =>
    Object.entries(quota).map(([forge, one]) => [{ forge }, value(one)]);
  return [
    gauge(
      "afk_forge_quota_remaining",
      "Requests a forge said it leaves us.",
      each((one) => one.remaining),
    ),
    gauge(
      "afk_forge_quota_reset_timestamp_seconds",
      "When that quota is whole again.",
      each((one) => one.resetAt / 1000),
    ),
    gauge(
      "afk_token_expiry_timestamp_seconds",
      "When a token ends, of those that say so; read once a day.",
      Object.entries(tokens).flatMap(([system, { endsAt }]): Sample[] =>
        endsAt === null ? [] : [[{ system }, endsAt / 1000]],
      ),
    ),
  ];
}

function ofRuns(tally: Tally): Family[] {
  const phase = (name: string) => tally.phases[name] ?? emptyHistogram(PHASE_BOUNDS);
  return [
    counter(
      "afk_runs_total",
      "Runs that settled, by outcome.",
      OUTCOMES.map((outcome) => [{ outcome }, tally.runs[outcome] ?? 0]),
    ),
    counter(
      "afk_refusals_total",
      "Refusals to start, by the gate that refused.",
      GATES.map(({ code }) => [{ code }, tally.refusals[code] ?? 0]),
    ),
    counter("afk_fix_forward_attempts_total", "Turns decided to mend a red or outdated change.", [
      [{}, tally.attempts],
    ]),
    {
      name: "afk_label_to_start_seconds",
      help: "From the ready label to the first turn that the executor accepted.",
      type: "histogram",
      bounds: STARTED_BOUNDS,
      samples: [{ labels: {}, value: tally.started }],
    },
    {
      name: "afk_phase_seconds",
      help: "Seconds until a phase was reached since the one before it, of runs that settled.",
      type: "histogram",
      bounds: PHASE_BOUNDS,
      samples: PHASES.map((name) => ({ labels: { phase: name }, value: phase(name) })),
    },
  ];
}

function ofCalls(tally: Tally): Family[] {
  const calls = Object.entries(tally.calls).flatMap(([system, results]) =>
    Object.entries(results).map(([result, times]): Sample => [{ system, result }, times]),
  );
  return [
    counter("afk_outbound_calls_total", "HTTP requests that left, by the system asked and what came of them.", calls),
    {
      name: "afk_sweep_seconds",
      help: "How long sweeps took.",
      type: "histogram",
      bounds: SWEEP_BOUNDS,
      samples: [{ labels: {}, value: tally.sweeps }],
    },
    counter("afk_sweep_requests_total", "Requests that sweeps made to forges.", [[{}, tally.sweepRequests]]),
  ];
}

type Sample = [Labels, number];

function counter(name: string, help: string, samples: Sample[]): Family {
  return { name, help, type: "counter", samples: samples.map(([labels, value]) => ({ labels, value })) };
}

function gauge(name: string, help: string, of: number | Sample[]): Family {
  const samples: Sample[] = typeof of === "number" ? [[{}, of]] : of;
  return { name, help, type: "gauge", samples: samples.map(([labels, value]) => ({ labels, value })) };
}
