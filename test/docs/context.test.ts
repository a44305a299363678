/** Where CONTEXT.md says that a word lives, it lives. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dealt } from "../simulation/specials/deck.ts";
import { rows } from "./pages.ts";

const homes = rows("CONTEXT.md", "word").flatMap(([, , where = ""]) =>
  [...where.matchAll(/`(\w+)(?:\.\w+)?` in `([^`]+)`/g)].map(([, name = "", file = ""]) => ({ name, file })),
);

test.each(homes)("$name is defined in $file", ({ name, file }) => {
  const defined = new RegExp(`^(export )?(async )?(interface|type|class|const|function) ${name}\\b`, "m");
  expect(readFileSync(file, "utf8")).toMatch(defined);
});

test("docs/reliability.md counts the rare weathers that are dealt", () => {
  const names = new Set(Array.from({ length: 200 }, (_, seed) => dealt(seed)).filter((name) => name !== null));
  expect(readFileSync("docs/reliability.md", "utf8")).toContain(`one of ${names.size} rare weathers`);
});
