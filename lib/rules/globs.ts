/**
 * Globs of paths. A pattern is somebody's text that becomes a regular expression: what could make one run
 * for long, or mean something else than it seems to, is no pattern here.
 */
import { pathGlob } from "../core/glob.ts";

/** What a match costs grows with the path's length to the power of these. */
const STARS_MAX = 3;
const DEEP_STARS_MAX = 3;

/** Why a glob is none of ours, for its author; null: it is. */
export function globProblem(glob: string): string | null {
  if (/\p{Cc}/u.test(glob)) return "must be one line, without control characters";
  if (glob.startsWith("!")) return 'must not begin with "!": a list holds what fits, and nothing is taken out of it';
  if (/^\.{0,2}\//.test(glob)) return "must be written from the repo's root, without a leading slash or dots";
  if (/[@!?*+]\(/.test(glob)) return "must not hold a group like +(a) or !(a); write {a,b}";
  const deep = glob.match(/\*{2,}/g)?.length ?? 0;
  if (deep > DEEP_STARS_MAX) return `must hold "**" at most ${DEEP_STARS_MAX} times`;
  if ((glob.match(/\*+/g)?.length ?? 0) - deep > STARS_MAX) return `must hold "*" at most ${STARS_MAX} times`;
  return pathGlob(glob) === null ? "is no pattern that can be read" : null;
}

/** Compiled once for each list. */
const compiled = new WeakMap<string[], RegExp[]>();

export function fits(globs: string[], path: string): boolean {
  const known = compiled.get(globs) ?? globs.flatMap((glob) => pathGlob(glob) ?? []);
  compiled.set(globs, known);
  return known.some((pattern) => pattern.test(path));
}
