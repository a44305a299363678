/**
 * Flags that npm took. Without ` -- ` before them npm keeps them for itself, known to it or not, and tells the script of them
 * in its environment alone: `npm run setup --dry-run` would be the real setup. A name that npm refuses to know (`--only`) it
 * tells nobody of.
 */
import { basename } from "node:path";

export interface Called {
  script: string | undefined;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** The name under which npm itself started this script; null: it was started by somebody else, maybe below an npm. */
export function npmName({ script, env }: Called): string | null {
  const name = env.npm_lifecycle_event;
  return name !== undefined && name !== "" && script !== undefined && basename(script, ".ts") === name ? name : null;
}

/** What to say of the first such flag; null: npm took none of these. What a person set in an .npmrc gives way to a flag of ours. */
export function takenByNpm(flags: string[], called: Called): string | null {
  const name = npmName(called);
  if (name === null) return null;
  const isGiven = (flag: string) => called.args.some((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`));
  const taken = flags.find((flag) => called.env[`npm_config_${flag.replaceAll("-", "_")}`] && !isGiven(flag));
  return taken === undefined ? null : `npm took --${taken} for itself: write npm run ${name} -- --${taken}`;
}
