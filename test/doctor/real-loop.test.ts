/** The doctor and the real loop: the bundle on workerd through `npm start`, disarmed, at its own address. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SETTING_NAMES } from "../../lib/core/config.ts";
import { LAUNCHER_NAMES } from "../../scripts/start/settings.ts";
import { LoopProcess } from "../rehearsal/loop-process.ts";
import { World } from "./world.ts";

async function started(settings: Record<string, string>): Promise<LoopProcess> {
  const dir = mkdtempSync(join(tmpdir(), "afk-doctor-loop-"));
  const loop = new LoopProcess(dir);
  onTestFinished(async () => {
    await loop.stop();
    await loop.close();
    rmSync(dir, { recursive: true, force: true });
  });
  // Else a developer's own `.dev.vars` would fill what is not set here.
  const blank = Object.fromEntries([...SETTING_NAMES, ...LAUNCHER_NAMES].map((name) => [name, ""]));
  await loop.start({
    ...blank,
    ...settings,
    AFK_KILL_SWITCH: "true",
    AFK_SWEEP_SECONDS: "3600",
    DATA_DIR: join(dir, "data"),
  });
  return loop;
}

test("what it says of itself is understood, well or not", async () => {
  const world = await World.forgejo();
  const well = await started(world.env);
  world.env.AFK_PUBLIC_URL = well.url;
  world.forge.hook.url = `${well.url}/webhooks/forgejo`;
  const findings = await world.examine();
  expect(findings.filter(({ state }) => state !== "OK")).toEqual([]);
  expect(findings.find(({ code }) => code === "public-url")?.what).toMatch(/^the loop at .* is well, version \d/);

  const unwell = await started({ ...world.env, AFK_MAX_RUNS: "three" });
  world.env.AFK_PUBLIC_URL = unwell.url;
  world.forge.hook.url = `${unwell.url}/webhooks/forgejo`;
  expect((await world.examine()).filter(({ state }) => state !== "OK")).toMatchObject([
    { code: "public-url", state: "WARN", what: expect.stringContaining("AFK_MAX_RUNS: not a whole number") },
  ]);
});
