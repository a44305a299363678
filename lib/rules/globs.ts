/**
 * Globs of paths, by picomatch. A pattern is somebody's text that becomes a regular expression: what could make one run
 * for long, or mean something else than it seems to, is no pattern here.
 */
import picomatch from "picomatch/posix.js";

/** What a match costs grows with the path's length to the power of these. */
const STARS_MAX = 3;
const DEEP_STARS_MAX = 3;
const OPTIONS = { dot: true };

/** Why a glob is none of ours, for its author; null: it is. */
export function globProblem(glob: string): string | null {
  if (/\p{Cc}/u.test(glob)) return "must be one line, without control characters";
  if (glob.startsWith("!")) return 'must not begin with "!": a list holds what fits, and nothing is taken out of it';
  if (/^\.{0,2}\//.test(glob)) return "must be written from the repo's root, without a leading slash or dots";
  if (/[@!?*+]\(/.test(glob)) return "must not hold a group like +(a) or !(a); write {a,b}";
  const deep = glob.match(/\*{2,}/g)?.length ?? 0;
  if (deep > DEEP_STARS_MAX) return `must hold "**" at most ${DEEP_STARS_MAX} times`;
  if ((glob.match(/\*+/g)?.length ?? 0) - deep > STARS_MAX) return `must hold "*" at most ${STARS_MAX} times`;
  return canCompile(glob) ? null : "is no pattern that can be read";
}

function canCompile(glob: string): boolean {
  try {
    // Else it makes a pattern that fits nothing of what is none.
    picomatch(glob, { ...OPTIONS, debug: true });
    return true;
  } catch {
    return false;
  }
}

/** Compiled once for each list. */
const compiled = new WeakMap<string[], (path: string) => boolean>();

export function fits(globs: string[], path: string): boolean {
  const known = compiled.get(globs);
  const matches = known ?? picomatch(globs, OPTIONS);
  if (!known) compiled.set(globs, matches);
  return matches(path);
}
