/** What a planted fault is, and who plants the common ones. */
import type { World } from "./world.ts";

export type Github = Awaited<ReturnType<typeof World.github>>;
export type Forgejo = Awaited<ReturnType<typeof World.forgejo>>;
export type Any = Github | Forgejo;

/** One fault, and all that is then said of it. */
export type Fault<W> = [what: string, said: string[], plant: (world: W) => unknown];

export function noCi(forge: Any["forge"]): void {
  if (forge.name === "github") Object.assign(forge.repo, { workflowRuns: [], checkRuns: [], suites: [], jobs: [] });
  else Object.assign(forge.repo, { runs: [], statuses: [] });
}
