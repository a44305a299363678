/** (node) Plays each history with and without its deliveries, and prints where the two end differently. */
import { playHistory, type Told } from "./agreement.ts";
import { installGlobals } from "./clock.ts";

/** The exit code. */
export async function agree(first: number, histories: number): Promise<number> {
  installGlobals();
  const startedAt = performance.now();
  let differ = 0;
  let violations = 0;
  for (let seed = first; seed < first + histories; seed++) {
    const heard = await playHistory(seed, "all");
    const swept = await playHistory(seed, "none");
    const broken = [...heard.violations, ...swept.violations];
    violations += broken.length;
    for (const { rule, step, text } of broken) console.log(`FAIL seed=${seed} rule=${rule} step=${step}: ${text}`);
    const difference = firstDifference(heard, swept);
    if (difference === null) continue;
    differ++;
    console.log(`FAIL seed=${seed} the paths differ at ${difference}`);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`agreement: histories=${histories} differ=${differ} violations=${violations} seconds=${seconds}`);
  return differ + violations === 0 ? 0 : 1;
}

/** Null: they end alike. A run that goes on at the end has no ending to compare. */
function firstDifference(heard: Told, swept: Told): string | null {
  for (const [issue, lines] of [...Object.entries(heard.issues), ...Object.entries(swept.issues)])
    if (lines.some((line) => /^run \S+ under way/.test(line))) return `${issue}: a run is under way at the end`;
  for (const issue of new Set([...Object.keys(heard.issues), ...Object.keys(swept.issues)])) {
    const [one = [], other = []] = [heard.issues[issue], swept.issues[issue]];
    const at = Array.from({ length: Math.max(one.length, other.length) }).findIndex((_, n) => one[n] !== other[n]);
    if (at >= 0)
      return `${issue}\n  with every delivery: ${one[at] ?? "nothing"}\n  with none: ${other[at] ?? "nothing"}`;
  }
  return null;
}
