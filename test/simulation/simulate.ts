/** (node) Plays seeds and prints what came of them. */
import { Coverage } from "./coverage.ts";
import { failed, playAll } from "./crew.ts";
import { DECLARED } from "./declared.ts";
import type { SeedResult } from "./seed.ts";

export interface Wanted {
  seeds: Iterable<number>;
  threads: number;
  /** Tell the story of a seed that holds, too. */
  story: boolean;
  untilFailure: boolean;
}

interface Sum {
  seeds: number;
  violations: number;
  unsettled: number;
  reconciles: number;
  repos: number;
  issues: number;
}

/** The exit code. */
export async function simulate(wanted: Wanted): Promise<number> {
  const startedAt = performance.now();
  const coverage = new Coverage(DECLARED);
  const sum: Sum = { seeds: 0, violations: 0, unsettled: 0, reconciles: 0, repos: 0, issues: 0 };
  await playAll({
    ...wanted,
    onPlayed({ results, counts }) {
      coverage.add(counts);
      for (const result of results) add(sum, result, wanted);
    },
  });
  for (const [name, times] of coverage.all()) console.log(`coverage ${name} ${times}`);
  const uncovered = coverage.uncovered(sum.seeds).length;
  const { seeds, violations, unsettled, reconciles } = sum;
  const each = (total: number) => (total / seeds).toFixed(1);
  console.log(`a seed on average: reconciles=${each(reconciles)} repos=${each(sum.repos)} issues=${each(sum.issues)}`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `simulate: seeds=${seeds} violations=${violations} unsettled=${unsettled} reconciles=${reconciles} faults=${coverage.faults()} uncovered=${uncovered} seconds=${seconds}`,
  );
  return violations === 0 && unsettled === 0 && (seeds < 1000 || uncovered === 0) ? 0 : 1;
}

function add(sum: Sum, result: SeedResult, wanted: Wanted): void {
  const { seed, violations, unsettled, story } = result;
  sum.seeds++;
  sum.reconciles += result.reconciles;
  sum.repos += result.repos;
  sum.issues += result.issues;
  sum.violations += violations.length;
  sum.unsettled += unsettled.length;
  for (const { rule, step, text } of violations) console.log(`FAIL seed=${seed} rule=${rule} step=${step}: ${text}`);
  for (const text of unsettled) console.log(`FAIL seed=${seed} rule=6 step=end: unsettled: ${text}`);
  if (wanted.story || failed(result)) for (const line of story) console.log(`  ${line}`);
  if (failed(result)) console.log(`replay: npm run simulate -- --seed ${seed} --seeds 1`);
}
