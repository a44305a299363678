/** One read of the executor serves whoever asks within its time, whatever the machine's clock does. */
import { expect, it } from "vitest";
import { openWorld, type World } from "./world.ts";

const reads = (world: World) => world.asked.filter((one) => one.endsWith("/api/orchestration/shell")).length;

it("is not read again within its time", async () => {
  const world = openWorld();
  await world.fleet().snapshot(15_000);
  await world.fleet().snapshot(15_000);
  expect(reads(world)).toBe(1);
});

it("is read again once the clock was set back: how old it is nobody knows", async () => {
  const world = openWorld();
  await world.fleet().snapshot(15_000);
  world.nowMs -= 3_600_000;
  await world.fleet().snapshot(15_000);
  expect(reads(world)).toBe(2);
});
