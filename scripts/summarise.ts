/**
 * Sums up vitest's own JSON report as the line `N passed, N failed`, for .ci/run.
 *
 * A test file that ran no test (it failed to load, its suite is empty, all in it was skipped, or the report does not know it)
 * counts as one failure: silence must not look like success. The line before the last names each.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { z } from "zod";

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

export type Report = z.infer<typeof reportSchema>;

export interface Summary {
  passed: number;
  failed: number;
  /** Why each failure that is not a failed test counts. */
  notes: string[];
}

/** What stands in the report, as one file, when `npm test` ended before its tests: each part of the check that failed. */
export const checkName = "npm run check";

/** `testFiles`: every test file there is, named as the report names them. */
export function summarise(report: Report | null, testFiles: string[]): Summary {
  if (!report) return { passed: 0, failed: 1, notes: ["no report: the tests did not run"] };
  const results = report.testResults;
  const isCheckAlone = results.every(({ name }) => name === checkName) && results.length > 0;
  const count = (status: string) =>
    results.reduce((sum, file) => sum + file.assertionResults.filter((test) => test.status === status).length, 0);
  const [passed, failed] = [count("passed"), count("failed")];

  const ranATest = (file: Report["testResults"][number]) =>
    file.assertionResults.some(({ status }) => status === "passed" || status === "failed");
  const idle = new Set(results.filter((file) => !ranATest(file)).map(({ name }) => name));
  for (const name of isCheckAlone ? [] : testFiles) if (!results.some((file) => file.name === name)) idle.add(name);
  const notes = [...idle].map((name) => `${name} ran no test`);
  // An error outside of any test (an unhandled rejection, a teardown): vitest fails, though no test did.
  const brokenFiles = results.filter((file) => file.status === "failed" && ranATest(file) && !hasFailure(file));
  for (const { name } of brokenFiles) notes.push(`${name} failed outside of its tests`);
  if (!report.success && failed + notes.length === 0) notes.push("vitest failed outside of any test");
  return { passed, failed: failed + notes.length, notes };
}

function hasFailure(file: Report["testResults"][number]): boolean {
  return file.assertionResults.some(({ status }) => status === "failed");
}

function readReport(path: string): Report | null {
  return existsSync(path) ? reportSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : null;
}

function listTestFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.filter((name) => /\.test\.tsx?$/.test(name)).map((name) => join(folder, name).split(sep).join("/"));
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, "..");
  const { passed, failed, notes } = summarise(
    readReport(join(root, "dist/test-report.json")),
    listTestFiles(join(root, "test")),
  );
  for (const note of notes) console.log(note);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
