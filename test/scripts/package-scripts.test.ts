/** The commands of package.json, as npm runs them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

test.each(Object.entries(scripts))(
  "%s: a signal to npm reaches the command itself, and no shell between",
  (_name, line) => {
    // Of a chain the shell must stay.
    expect(line).toMatch(/^exec |&&/);
  },
);
