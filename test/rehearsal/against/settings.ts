/**
 * The settings of a rehearsal against somebody's own forge: theirs, as `npm start` reads them, but for what would leave this
 * machine for anything but the forge, or tell anybody.
 */
import { type Config, disabledReasons, isEnrolled, parseSettings } from "../../../lib/core/config.ts";
import { secretsIn } from "../../../lib/core/held-secrets.ts";
import { repoKey } from "../../../lib/core/types.ts";
import type { StartSettings } from "../../../scripts/start/settings.ts";
import { armedAgainst } from "../arm-child.ts";
import { refuse } from "./refuse.ts";
import { type Target, targetOf } from "./target.ts";

export interface Own {
  target: Target;
  /** What the loop obeys. */
  config: Config;
  settings: Record<string, string>;
  /** Values that must be written nowhere. */
  held: string[];
}

/** No webhook comes to a rehearsal: it lives by its sweep, which is therefore a quick one. */
const SWEEP_SECONDS = 5;
const POLL_SECONDS = 5;
const NOT_OURS = /^(T3|SLACK|NTFY|GITHUB|FORGEJO)_/;
const DROPPED = new Set([
  ...["AFK_KILL_SWITCH", "AFK_ALLOWLIST", "AFK_PUBLIC_URL", "AFK_BOARD_TOKEN", "AFK_DEPLOY_ORIGINS"],
  // The person of the rehearsal labels; whom else the loop trusts is not asked.
  "AFK_TRUSTED_BOT_IDS",
]);

export function ownSettings(start: StartSettings, against: string, repo: string, personToken: string | null): Own {
  const target = targetOf(against, repo, start.worker, personToken);
  const key = repoKey(target.repo);
  const theirs = parseSettings(start.worker);
  if (disabledReasons(theirs).length === 0 && isEnrolled(theirs.config, key))
    refuse("AFK_ALLOWLIST", `your own settings arm a loop for ${key}`, "rehearse in a repo that no loop is armed for");
  const kept = Object.entries(start.worker).filter(([name]) => !NOT_OURS.test(name) && !DROPPED.has(name));
  const settings = {
    ...Object.fromEntries(kept),
    ...target.env,
    ...(start.ca === null ? {} : { FORGEJO_CA: start.ca }),
    AFK_MODEL: "claudeAgent/claude-sonnet-4-6",
    // A pull request would wait for people.
    AFK_LANDING: "push",
    AFK_SWEEP_SECONDS: String(Math.min(SWEEP_SECONDS, start.sweepSeconds)),
    AFK_POLL_SECONDS: String(Math.min(POLL_SECONDS, theirs.config.pollMs / 1000)),
  };
  const { config, errors } = parseSettings(settings);
  const [error] = errors;
  if (error !== undefined) refuse(error.setting, error.reason, "correct it; npm run doctor names every one");
  const held = [...secretsIn(start.worker), target.personToken];
  return { target, config, settings, held };
}

/** Armed, for this one repo, in the child alone. */
export function childEnv({ target, settings }: Own, more: Record<string, string>): Record<string, string> {
  return armedAgainst({ ...settings, ...more }, target.repo);
}
