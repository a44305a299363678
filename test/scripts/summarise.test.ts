import { expect, it } from "vitest";
import { checkName, type Report, summarise } from "../../scripts/summarise.ts";

type File = Report["testResults"][number];

function file(name: string, status: string, ...tests: string[]): File {
  return { name, status, assertionResults: tests.map((one) => ({ status: one })) };
}

function summaryOf(success: boolean, files: File[], testFiles = files.map(({ name }) => name)) {
  return summarise({ success, testResults: files }, testFiles);
}

it("sums passed and failed tests over all files", () => {
  const files = [file("a", "passed", "passed", "passed"), file("b", "failed", "passed", "failed")];
  expect(summaryOf(false, files)).toEqual({ passed: 3, failed: 1, notes: [] });
});

it.each([
  ["one that failed to load", file("b", "failed")],
  ["one whose suite is empty", file("b", "passed")],
  ["one in which every test was skipped", file("b", "passed", "skipped", "pending", "todo")],
])("counts a file that ran no test as a failure: %s", (_, idle) => {
  expect(summaryOf(true, [file("a", "passed", "passed"), idle])).toEqual({
    passed: 1,
    failed: 1,
    notes: ["b ran no test"],
  });
});

it("counts a test file that the report does not know as a failure", () => {
  expect(summaryOf(true, [file("a", "passed", "passed")], ["a", "lost"])).toEqual({
    passed: 1,
    failed: 1,
    notes: ["lost ran no test"],
  });
});

it("counts a failure outside of the tests, in a file or in vitest itself", () => {
  expect(summaryOf(false, [file("a", "failed", "passed")]).failed).toBe(1);
  expect(summaryOf(false, [file("a", "passed", "passed")]).failed).toBe(1);
});

it("takes a missing report for a failure", () => {
  expect(summarise(null, [])).toEqual({ passed: 0, failed: 1, notes: ["no report: the tests did not run"] });
});

it("counts each failed part of the check that kept the tests from running", () => {
  expect(summaryOf(false, [file(checkName, "failed", "failed", "failed")], ["a", "b"])).toEqual({
    passed: 0,
    failed: 2,
    notes: [],
  });
});
