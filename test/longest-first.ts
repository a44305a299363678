/**
 * The order of test files: of each project, the few that keep a core busy for long come first, so that none of them is
 * left over at the end, when the other cores have nothing to do. A fresh clone has no record of how long a file took, and
 * vitest's guess is the file's size: of these it says nothing, since their work lies in the processes that they start, or
 * in stories that are played many times. One project after another, since a worker is kept only for a next file of its own.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const LONG = [
  "simulation/simulate.test.ts",
  "crash/crash.test.ts",
  "simulation/agreement.test.ts",
  "mutants/mutants.test.ts",
  "rehearsal/rehearsal.test.ts",
  "rehearsal/against/against.test.ts",
  "workers/evicted.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return at < 0 ? LONG.length : at;
    };
    const projects = [...new Set(sorted.map(({ project }) => project))];
    const inTurn = projects.map((project) => sorted.filter((file) => file.project === project));
    return inTurn.flatMap((files) => files.sort((one, other) => rank(one) - rank(other)));
  }
}
