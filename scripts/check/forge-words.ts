/**
 * A forge is named only where its adapter is: in lib/forge, lib/core's types and config, and the composition root. Anywhere
 * else the loop must not know which forge it works for, so a third one touches nothing else. Comments count: prose that
 * explains one forge's ways belongs beside that forge. (`github_pat_` is the shape of a secret, to be redacted wherever it is.)
 */
import type { Problem } from "./problem.ts";

const watched = ["lib/", "functions/"];
const allowed = ["lib/core/types.ts", "lib/core/config.ts", "functions/app.ts", "functions/worker.ts"];
/** The doctor is no part of the loop: it tells a person which setting of which forge to mend, and where. */
const adapters = ["lib/forge/", "lib/doctor/"];

export function forgeWords(path: string, source: string): Problem[] {
  const isWatched =
    watched.some((folder) => path.startsWith(folder)) && !adapters.some((folder) => path.startsWith(folder));
  if (!isWatched || allowed.includes(path)) return [];
  return source.split("\n").flatMap((text, index) => {
    const word = /github(?!_pat_)|forgejo/i.exec(text)?.[0];
    return word ? [{ path, line: index + 1, text: `names "${word}", a forge` }] : [];
  });
}
