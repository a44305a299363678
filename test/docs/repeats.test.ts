/** A page says each thing once: an edit that went wrong doubles whole parts of it, and no link breaks by that. */
import { expect, test } from "vitest";
import { pages, prose } from "./pages.ts";

/** A row of dashes or a fence may well come twice. */
const CHARS_MIN = 60;

test.each(pages())("%s has no long line twice", (page) => {
  const lines = prose(page).split("\n");
  expect(lines.filter((line, index) => line.length >= CHARS_MIN && lines.indexOf(line) !== index)).toEqual([]);
});
