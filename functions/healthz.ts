/**
 * How the loop is, for anyone: counts and names, never a value or a repo's name. It makes no outbound request; what was
 * not seen is null.
 */
import { disabledReasons, type SettingError, type Settings } from "../lib/core/config.ts";
import { isLow } from "../lib/core/disk.ts";
import { iso } from "../lib/core/iso.ts";
import { ACT_OLD_MS, SWEEP_OVERDUE_MS } from "../lib/core/notices.ts";
import { sums } from "../lib/loop/fleet-book.ts";
import { pausedUntil } from "../lib/loop/fleet-quota.ts";
import { STATE_VERSION } from "../lib/loop/migrations.ts";
import { type Env, fleetOf, settingsOf } from "./env.ts";

export const VERSION = "0.1.0";

export async function health(env: Env) {
  const settings = settingsOf(env);
  const disabled = disabledReasons(settings);
  const armed = disabled.length === 0;
  const fleet = await fleetOf(env).standing();
  const { inFlight, frozenRepos, pausedRepos, actsPending, oldestActAt } = sums(fleet, settings.config.allowlist);
  const isPaused = fleet.paused !== undefined || pausedRepos > 0;
  const oldestMs = oldestActAt === null ? null : Date.now() - oldestActAt;
  const sweptMs = fleet.sweep.lastAt === null ? null : Date.now() - fleet.sweep.lastAt;
  const stuck = oldestMs !== null && oldestMs > ACT_OLD_MS;
  const unswept = sweptMs !== null && sweptMs > SWEEP_OVERDUE_MS;
  // No repo is named: anybody may ask.
  const held = [...(fleet.unread === null ? [] : [fleet.unread]), ...Object.values(fleet.held ?? {})];
  const full = isLow(fleet.disk ?? null, Date.now()) === true;
  const errors = [...settings.errors, ...unfitServers(settings, fleet.unfit ?? {})];
  const degraded =
    errors.length > 0 ||
    held.length > 0 ||
    full ||
    (armed && (stuck || fleet.executor?.reachable === false || unswept));
  return {
    status: degraded ? "degraded" : "ok",
    armed,
    disabled,
    settings: { errors },
    version: VERSION,
    enrolled: settings.config.allowlist.length,
    runs: {
      in_flight: inFlight,
      frozen_repos: frozenRepos,
    },
    ...(isPaused ? { paused: { all: fleet.paused !== undefined, repos: pausedRepos } } : {}),
    acts: {
      pending: actsPending,
      oldest_seconds: oldestMs === null ? null : Math.round(oldestMs / 1000),
    },
    ...(held.length > 0 ? { state: { version: STATE_VERSION, held: [...new Set(held)] } } : {}),
    ...(full ? { disk: { free_bytes: fleet.disk?.freeBytes } } : {}),
    sweep: { last_at: iso(fleet.sweep.lastAt), requests: fleet.sweep.requests, carried: fleet.sweep.carried },
    quota: Object.fromEntries(
      [...new Set([...Object.keys(fleet.quota), ...Object.keys(fleet.limited ?? {})])].map((forge) => [
        forge,
        {
          remaining: fleet.quota[forge]?.remaining ?? null,
          reset_at: iso(fleet.quota[forge]?.resetAt ?? null),
          paused_until: iso(pausedUntil(fleet, forge)),
        },
      ]),
    ),
    executor: { reachable: fleet.executor?.reachable ?? null, version: fleet.executor?.version ?? null },
  };
}

/** As the last sweep found them; a forge nobody enrolled a repo of is nobody's concern. */
function unfitServers({ config }: Settings, unfit: Record<string, SettingError | null>): SettingError[] {
  return Object.entries(unfit).flatMap(([forge, error]) =>
    error !== null && config.allowlist.some((key) => key.startsWith(`${forge}:`)) ? [error] : [],
  );
}
