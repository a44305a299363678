import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { completeLock, type Lock } from "../../scripts/complete-lock.ts";

const path = join(import.meta.dirname, "../../package-lock.json");
const lock = JSON.parse(readFileSync(path, "utf8")) as Lock;

it("adds what a registry without other systems' packages left out, as npm would write it", () => {
  const { lock: completed, added } = completeLock({
    packages: {
      "node_modules/tool": { version: "1.0.0", dev: true, optionalDependencies: { "@t/linux-x64-musl": "1.0.0" } },
      "node_modules/runtime": { version: "2.0.0", optionalDependencies: { "@r/darwin-64": "2.0.0" } },
    },
  });
  expect(added).toEqual(["@t/linux-x64-musl", "@r/darwin-64"]);
  expect(JSON.stringify(completed.packages["node_modules/@t/linux-x64-musl"])).toBe(
    `{"version":"1.0.0","cpu":["x64"],"dev":true,"libc":["musl"],"optional":true,"os":["linux"]}`,
  );
  expect(completed.packages["node_modules/@r/darwin-64"]).toEqual({
    version: "2.0.0",
    cpu: ["x64"],
    os: ["darwin"],
    optional: true,
  });
});

it("finds a dependency that lies inside its parent, as Node would", () => {
  const packages = {
    "node_modules/a": {},
    "node_modules/a/node_modules/b": { optionalDependencies: { c: "1.0.0", d: "1.0.0" } },
    "node_modules/a/node_modules/c": {},
    "node_modules/d": {},
  };
  expect(completeLock({ packages }).added).toEqual([]);
});

it("does not guess the system of a package it cannot tell from its name", () => {
  const packages = { "node_modules/a": { optionalDependencies: { fsevents: "1.0.0" } } };
  expect(() => completeLock({ packages })).toThrow("fsevents");
});

it("has nothing to add to this project's lock, so npm ci accepts it", () => {
  expect(completeLock(lock).added).toEqual([]);
});

it("finds no download address in this project's lock", () => {
  const addresses = Object.values(lock.packages).filter((entry) => "resolved" in entry);
  expect(addresses).toEqual([]);
});
