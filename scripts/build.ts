/**
 * Builds the bundle that runs everywhere: the very one that `npm run deploy` would upload, made offline by wrangler.
 *
 * The bundle lies in dist/<hash of its sources>/worker.js. A folder is renamed into place when whole, so two builds at once
 * cannot break each other, nothing ever reads half a bundle, and unchanged sources build nothing.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { command, readFlags } from "./flags.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const sources = ["functions", "lib", "wrangler.toml", "package-lock.json", "tsconfig.json"];

/** An older bundle may just be in use by a start under way, so it stays this long. */
const staleMs = 60 * 60 * 1000;

export interface Built {
  /** Absolute path of the bundle, one ES module. */
  worker: string;
}

export async function build(options: { signal?: AbortSignal } = {}): Promise<Built> {
  const folder = join(dist, await hashOfSources());
  if (!existsSync(join(folder, "worker.js"))) {
    await bundleInto(folder, options.signal);
    await removeStale(folder);
  }
  return { worker: join(folder, "worker.js") };
}

async function hashOfSources(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const path of await filesBelow(source)) {
      hash
        .update(`${path}\0`)
        .update(await readFile(join(root, path)))
        .update("\0");
    }
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesBelow(source: string): Promise<string[]> {
  const path = join(root, source);
  if (!(await stat(path)).isDirectory()) return [source];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => join(file.parentPath, file.name).slice(root.length + 1)).sort();
}

async function bundleInto(folder: string, signal?: AbortSignal): Promise<void> {
  await mkdir(dist, { recursive: true });
  const unfinished = await mkdtemp(join(dist, ".building-"));
  try {
    await runWrangler(unfinished, signal);
    const scripts = (await readdir(unfinished)).filter((name) => !/\.(map|md)$/.test(name));
    if (scripts.join() !== "worker.js")
      throw new Error(`the bundle should be worker.js alone, and is: ${scripts.join(", ")}`);
    await rename(unfinished, folder).catch((error: NodeJS.ErrnoException) => {
      // Another build of the same sources was faster; its bundle is ours.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function runWrangler(outdir: string, signal?: AbortSignal): Promise<void> {
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", NO_COLOR: "1" };
  const args = [wrangler, "deploy", "--dry-run", "--minify", "--outdir", outdir];
  await promisify(execFile)(process.execPath, args, { cwd: root, env, signal }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`the bundle could not be built:\n${error.stdout}${error.stderr}`);
    },
  );
}

/** A release lies in dist/ too, and is nobody's to remove. */
const ours = /^([0-9a-f]{16}|\.building-.+)$/;

async function removeStale(current: string): Promise<void> {
  for (const entry of await readdir(dist, { withFileTypes: true })) {
    const path = join(dist, entry.name);
    if (!entry.isDirectory() || !ours.test(entry.name) || path === current) continue;
    const age = Date.now() - (await stat(path)).mtimeMs;
    if (age > staleMs) await rm(path, { recursive: true, force: true });
  }
}

if (import.meta.main)
  await command("build", [""], async () => {
    readFlags({});
    console.log((await build()).worker);
    return 0;
  });
