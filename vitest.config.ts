/**
 * Two projects: `node`, and `workers`, which runs in workerd with the bindings of wrangler.toml.
 *
 * Of wrangler.toml only the configuration is read, never the `.dev.vars` beside it: a developer's real tokens, or an armed
 * loop, must not reach a test.
 */
import { accessSync, constants, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { unstable_readConfig } from "wrangler";
import { LongestFirst } from "./test/longest-first.ts";

// Else Miniflare asks the network for a request's `cf` at every start.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
process.env.WRANGLER_SEND_METRICS = "false";

/** Linux's folder in memory. A container may have next to none of it: Docker's default is 64 MB. */
const IN_MEMORY = "/dev/shm";
const ROOM_BYTES_MIN = 256 * 1024 * 1024;

/**
 * The objects' storage lies in memory where there is room: some ten thousand commits of theirs wait for the disk else,
 * longer than all their work takes. Theirs alone: nothing may be executed in that folder, and other tests do in theirs.
 */
const disk = tmpdir();
if (hasRoom(IN_MEMORY)) process.env.TMPDIR = IN_MEMORY;

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= ROOM_BYTES_MIN;
  } catch {
    return false;
  }
}

const wrangler = unstable_readConfig({ config: "wrangler.toml" });
const durableObjects = Object.fromEntries(
  wrangler.durable_objects.bindings.map(({ name, class_name }: { name: string; class_name: string }) => [
    name,
    { className: class_name, useSQLite: true },
  ]),
);

/** See test/bad-input/runs.ts. */
const badInput = {
  times: Number(process.env.BAD_INPUT_TIMES ?? "1"),
  seed: Number(process.env.BAD_INPUT_SEED ?? "1"),
};

/** Only what hangs comes to its limit: a story is some hundred requests, and the machine may be busy with other work. */
const patient = { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 30_000 } } };

/** Every core, where vitest would leave one of them to itself: on two cores that is one file at a time. */
const maxWorkers = "100%";

export default defineConfig({
  test: {
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...patient,
          name: "node",
          maxWorkers,
          // Half of what most files take is reading the modules they share. None mocks one, and none keeps anything in one.
          isolate: false,
          env: { TMPDIR: disk },
          provide: { badInput },
          environment: "node",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/workers/**", "**/node_modules/**"],
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: wrangler.main,
            remoteBindings: false,
            miniflare: {
              compatibilityDate: wrangler.compatibility_date,
              compatibilityFlags: wrangler.compatibility_flags,
              durableObjects,
              bindings: { AFK_KILL_SWITCH: "true" },
            },
          }),
        ],
        test: {
          ...patient,
          name: "workers",
          maxWorkers,
          // As above; each story brings its own world, and resets all storage at its end.
          isolate: false,
          provide: { badInput },
          include: ["test/workers/**/*.test.{ts,tsx}"],
        },
      },
    ],
  },
});
