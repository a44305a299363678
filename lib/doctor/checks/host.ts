/** The machine and the way to it: state, disk, clocks, and the loop as the outside reaches it. */

import { disabledReasons } from "../../core/config.ts";
import { DISK_LOW_BYTES, MIB } from "../../core/disk.ts";
import type { ClockFacts, Facts, HostFacts, LoopFacts } from "../facts.ts";
import { type Finding, fail, ok, unknown, warn } from "../finding.ts";

const DATA_DIR = "DATA_DIR";
const PUBLIC_URL = "AFK_PUBLIC_URL";
const SKEW_MS = 30_000;
/** GitHub refuses an App's token that was signed a minute ahead; nobody's log can be read with five. */
const SKEW_MS_MAX = 60_000;
const FREE_BYTES_MIN = 100 * MIB;

export function hostChecks(facts: Facts): Finding[] {
  return [publicUrl(facts), ...clockSkew(facts.clocks), stateVersion(facts.host), disk(facts.host)];
}

function publicUrl({ loop, settings }: Facts): Finding {
  const code = "public-url";
  const { publicUrl: url, health } = loop;
  const hasHooks = settings.set.has("GITHUB_WEBHOOK_SECRET") || settings.set.has("FORGEJO_WEBHOOK_SECRET");
  if (url === null || health === null) {
    const mend = "set it to the loop's own origin, as the forge calls it";
    return hasHooks
      ? warn(
          code,
          "AFK_PUBLIC_URL",
          "not set, though a webhook secret is: no webhook can be told for this loop's",
          mend,
        )
      : ok(code, PUBLIC_URL, "not set: no webhook is asked for, the sweep finds work each minute");
  }
  if (!health.known) {
    const mend = "start the loop; then see that the tunnel or proxy passes /healthz and /webhooks on to it";
    return fail(code, PUBLIC_URL, `no loop answers at ${url}: ${health.why}`, mend);
  }
  return standing(url, health.value, disabledReasons(settings.parsed).length === 0);
}

function standing(url: string, { status, armed, version, problems }: HealthOf, shouldBeArmed: boolean): Finding {
  const code = "public-url";
  if (problems.length > 0)
    return warn(
      code,
      url,
      `the loop there has settings that are wrong: ${problems.join("; ")}`,
      "set them right there",
    );
  if (status !== "ok") return warn(code, PUBLIC_URL, `the loop there is ${status}`, `see ${url}/healthz`);
  if (armed && !shouldBeArmed)
    return warn(
      code,
      PUBLIC_URL,
      `the loop at ${url} is armed, though these settings are not: it began with others`,
      "on Cloudflare its deploy arms it, and not this file; elsewhere start it again",
    );
  if (shouldBeArmed && !armed)
    return warn(
      code,
      PUBLIC_URL,
      "the loop there is disarmed, and these settings arm it: it began with others",
      "start it again; on Cloudflare npm run deploy -- --var AFK_KILL_SWITCH:false",
    );
  return ok(code, PUBLIC_URL, `the loop at ${url} is well, version ${version}`);
}

type HealthOf = Extract<NonNullable<LoopFacts["health"]>, { known: true }>["value"];

function clockSkew(clocks: ClockFacts[]): Finding[] {
  const code = "clock-skew";
  if (clocks.length === 0) return [unknown(code, "clock", "no system told its time", "see that one can be reached")];
  return clocks.map(({ system, aheadMs, sureMs }) => {
    const least = Math.max(0, Math.abs(aheadMs) - sureMs);
    const seconds = Math.round(Math.abs(aheadMs) / 1000);
    const what = `its clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} ours`;
    const mend = "set this machine's clock by NTP; or that one's";
    if (least > SKEW_MS_MAX) return fail(code, system, what, mend);
    return least > SKEW_MS ? warn(code, system, what, mend) : ok(code, system, "its clock and ours agree");
  });
}

function stateVersion({ dataDir, state, knownVersion }: HostFacts): Finding {
  const code = "state-version";
  if (!state.known) return unknown(code, DATA_DIR, state.why, "let whoever runs doctor read DATA_DIR");
  const { there, marker } = state.value;
  if (!there)
    return ok(code, DATA_DIR, `no state in ${dataDir} yet: the first start makes it (on Cloudflare it is kept there)`);
  if (marker === null) return ok(code, DATA_DIR, `state is in ${dataDir}; each record tells its own version`);
  const { version, release } = marker;
  if (version > knownVersion) {
    const what = `the state is of version ${version}, written by release ${release}; this code reads ${knownVersion}`;
    return fail(code, DATA_DIR, what, "upgrade the code, or restore the backup made before it was upgraded");
  }
  return ok(code, DATA_DIR, `version ${version}, written by release ${release}`);
}

function disk({ dataDir, disk: room }: HostFacts): Finding {
  const code = "disk";
  if (!room.known) return unknown(code, DATA_DIR, room.why, "let whoever runs doctor read DATA_DIR");
  const { freeBytes, isWritable } = room.value;
  if (!isWritable) return fail(code, DATA_DIR, `${dataDir} cannot be written`, "give it to whoever runs the loop");
  const what = `${Math.floor(freeBytes / MIB)} MiB are free at ${dataDir}`;
  const mend = "make room, or set DATA_DIR to a larger disk";
  if (freeBytes < FREE_BYTES_MIN) return fail(code, DATA_DIR, what, mend);
  return freeBytes < DISK_LOW_BYTES ? warn(code, DATA_DIR, what, mend) : ok(code, DATA_DIR, what);
}
