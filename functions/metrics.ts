/** `GET /metrics`: what the fleet holds, for Prometheus. It makes no outbound request and writes nothing. */
import { disabledReasons } from "../lib/core/config.ts";
import { exposition } from "../lib/core/prometheus.ts";
import { families } from "../lib/loop/metrics.ts";
import { type Env, fleetOf, settingsOf } from "./env.ts";
import { VERSION } from "./healthz.ts";

export async function metrics(env: Env): Promise<string> {
  const settings = settingsOf(env);
  const record = await fleetOf(env).standing();
  const watched = {
    record,
    armed: disabledReasons(settings).length === 0,
    enrolled: settings.config.allowlist,
    version: VERSION,
    reachable: record.executor?.reachable ?? null,
  };
  return exposition(families(watched, Date.now()));
}
