/** (node) Plays seeds and prints what came of them. */
import { installGlobals } from "./clock.ts";
import { counted, total } from "./coverage.ts";
import { playSeed } from "./seed.ts";

const STORIES_MAX = 5;
/** Fewer hits than these in 10,000 seeds are none. */
const HITS_MIN = 20;

export interface Wanted {
  seeds: number;
  first: number;
  /** Tell the story of a seed that holds, too. */
  story: boolean;
}

/** The exit code. */
export async function simulate({ seeds, first, story }: Wanted): Promise<number> {
  installGlobals();
  const startedAt = performance.now();
  let violations = 0;
  let unsettled = 0;
  let reconciles = 0;
  let failed = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const result = await playSeed(seed);
    reconciles += result.reconciles;
    violations += result.violations.length;
    unsettled += result.unsettled.length;
    for (const { rule, step, text } of result.violations)
      console.log(`FAIL seed=${seed} rule=${rule} step=${step}: ${text}`);
    if (result.violations.length === 0)
      for (const text of result.unsettled) console.log(`FAIL seed=${seed} rule=6 step=end: unsettled: ${text}`);
    const fails = result.violations.length + result.unsettled.length > 0;
    if (fails) failed++;
    if (story || (fails && seeds === 1)) for (const line of result.story) console.log(`  ${line}`);
    if (fails && failed <= STORIES_MAX) console.log(`replay: npm run simulate -- --seed ${seed} --seeds 1`);
  }
  for (const [name, times] of counted()) console.log(`coverage ${name} ${times}`);
  const uncovered = counted().filter(([, times]) => (times * 10_000) / seeds < HITS_MIN).length;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `simulate: seeds=${seeds} violations=${violations} unsettled=${unsettled} reconciles=${reconciles} faults=${total("fault")} uncovered=${uncovered} seconds=${seconds}`,
  );
  const fine = violations === 0 && unsettled === 0 && (seeds < 1000 || uncovered === 0);
  return fine ? 0 : 1;
}
