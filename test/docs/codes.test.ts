/** The gates and doctor's codes, each told on its page, in the order in which they are asked. */
import { expect, test } from "vitest";
import { GATES } from "../../lib/core/gate-table.ts";
import { CODES } from "../../lib/doctor/finding.ts";
import { codesIn, rows } from "./pages.ts";

const first = (cells: string[]) => codesIn(cells[0] ?? "")[0];

test("docs/gates.md tells every gate, in order", () => {
  expect(rows("docs/gates.md", "code").map(first)).toEqual(GATES.map(({ code }) => code));
});

test("docs/doctor.md tells every code, in order", () => {
  expect(rows("docs/doctor.md", "code").map(first)).toEqual([...CODES]);
});

test("docs/troubleshooting.md names a symptom of every code, and no code that there is not", () => {
  const symptoms = rows("docs/troubleshooting.md", "symptom");
  expect(symptoms.length).toBeGreaterThan(30);
  const named = symptoms.flatMap(([, , codes = ""]) => codesIn(codes));
  expect(named.filter((code) => !CODES.some((known) => known === code))).toEqual([]);
  expect(CODES.filter((code) => !named.includes(code))).toEqual([]);
});
