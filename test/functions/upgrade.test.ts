/** An upgrade over the state of an earlier release: restored, started by the code of today, and no run is lost. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { restore } from "../../scripts/state/restore.ts";
import { armedEnv } from "../rehearsal/arm-child.ts";
import { LoopProcess } from "../rehearsal/loop-process.ts";

const fixtures = join(import.meta.dirname, "../fixtures/state");
const files = readdirSync(fixtures).filter((name) => name.endsWith(".backup.gz"));
/** Nobody is there: what cannot be read ends nothing. */
const NOBODY = "http://127.0.0.1:9";
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const runsSchema = z.object({
  runs: z.array(
    z.object({ issue: z.number(), state: z.string(), outcome: z.string().nullable(), threads: z.array(z.string()) }),
  ),
});
const healthSchema = z.object({
  status: z.string(),
  runs: z.object({ in_flight: z.number() }),
  state: z.undefined().optional(),
});

it.each(files)("over %s loses no run, and what was at work is still in flight", async (name) => {
  const dir = mkdtempSync(join(tmpdir(), "afk-upgrade-"));
  ends.push(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "kept");
  writeFileSync(file, gunzipSync(readFileSync(join(fixtures, name))));
  await restore(file, join(dir, "data"), "empty", new Date());
  const loop = new LoopProcess(dir);
  ends.unshift(() => loop.stop().then(() => loop.close()));
  const forge = name.includes("forgejo") ? "forgejo" : "github";
  const settings = {
    DATA_DIR: join(dir, "data"),
    GITHUB_API_URL: NOBODY,
    GITHUB_TOKEN: "x",
    ...(forge === "forgejo" ? { FORGEJO_URL: NOBODY, FORGEJO_TOKEN: "x" } : {}),
    T3_URL: NOBODY,
    T3_TOKEN: "x",
    T3_WORKSPACE_BASE: "/work",
    AFK_BOARD_TOKEN: "board",
  };
  await loop.start(armedEnv(settings, [`${forge}:acme/widgets`]));
  await loop.sweep();
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(`${loop.url}${path}`, { headers: { authorization: "Bearer board" } })).json();
  const { runs } = runsSchema.parse(await ask("/api/runs"));
  // Their whole time may be over by now: then they are handed over, as soon as anybody can be told.
  const standing = runs.map(({ issue, state, outcome }) =>
    state === "settled" ? [issue, outcome] : [issue, "goes on"],
  );
  expect(standing.sort()).toEqual([
    [1, "closed"],
    [2, "escalated"],
    [3, "goes on"],
    [5, "goes on"],
  ]);
  expect(runs.every((run) => run.threads.length === 1)).toBe(true);
  expect(healthSchema.parse(await ask("/healthz")).runs.in_flight).toBe(2);
  expect(loop.lines.filter((line) => /"code":"(record|thrown)"|[Uu]ncaught/.test(line))).toEqual([]);
});
