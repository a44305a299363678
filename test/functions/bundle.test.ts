import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { build } from "../../scripts/build.ts";

const gzipKibMax = 200;

it("bundles into at most 200 KiB, minified and gzipped", async () => {
  const { worker } = await build();
  expect(gzipSync(readFileSync(worker)).length / 1024).toBeLessThanOrEqual(gzipKibMax);
});

it("builds once: two builds at the same time share one bundle", async () => {
  const [one, other] = await Promise.all([build(), build()]);
  expect(one).toEqual(other);
});
