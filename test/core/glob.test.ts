import { expect, test } from "vitest";
import { fitsGlob, pathGlob } from "../../lib/core/glob.ts";

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

test.each<[string, string, boolean]>([
  ["src/*.ts", "src/a.ts", true],
  ["src/*.ts", "src/a/b.ts", false],
  ["src/**/*.ts", "src/b.ts", true],
  ["src/**/*.ts", "src/a/b/c.ts", true],
  ["**/a", "a", true],
  ["**/a", "xa", false],
  ["a**b", "a/x/b", true],
  ["vendor/**", "vendor", true],
  ["vendor/**", "vendors", false],
  ["{src,lib}/**/x", "lib/a/x", true],
  ["a?c", "a/c", false],
  ["a\\*c", "a*c", true],
  ["a\\*c", "abc", false],
])("as a path, %j and %j: %s", (pattern, path, fits) => {
  expect(pathGlob(pattern)?.test(path)).toBe(fits);
});

test.each(["[", "{a", "a}", "x".repeat(256)])("%j is no glob of paths", (pattern) => {
  expect(pathGlob(pattern)).toBeNull();
});
