import { expect, test } from "vitest";
import { fitsGlob } from "../../lib/core/glob.ts";

test.each<[string, string, boolean]>([
  ["ci/test", "ci/test", true],
  ["ci/test", "ci/tests", false],
  ["ci/*", "ci/woodpecker/push/test", true],
  ["*", "", true],
  ["**/test", "a/b/test", true],
  ["CI / test (*)", "CI / test (push)", true],
  ["CI / test (push)", "CI / test (push)", true],
  ["te?t", "test", true],
  ["te?t", "tet", false],
  ["[abc]i", "ci", true],
  ["[!abc]i", "ci", false],
  ["{lint,test}", "test", true],
  ["{lint,test}", "build", false],
  ["a,b", "a,b", true],
  ["\\*", "*", true],
  ["\\*", "x", false],
  ["a.c", "abc", false],
  ["[", "[", true],
  ["[", "x", false],
  ["{a", "a", false],
  ["a}", "a", false],
])("%j and %j: %s", (pattern, name, fits) => {
  expect(fitsGlob(pattern, name)).toBe(fits);
});
