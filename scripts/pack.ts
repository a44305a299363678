/**
 * `npm run pack [-- --arch x64,arm64 --out DIR --folder DIR]`: a release that needs no build, no npm and no Node on the
 * server: dist/release/afk-loop-<version>.tar.gz and its SHA-256. Unset, it is for this machine's architecture.
 *
 *   --folder DIR   lays it out there instead of packing it (the image is made so)
 */
import { resolve } from "node:path";
import { command, readFlags, UsageError } from "./flags.ts";
import { ARCHS, type Arch, PackError } from "./pack/binaries.ts";
import { releaseFiles, writeArchive, writeFolder } from "./pack/pack.ts";

const USAGE = ["[--arch x64,arm64] [--out DIR] [--folder DIR]"];

const LEVEL = 9;

async function main(): Promise<number> {
  const { arch, out, folder } = readFlags({
    arch: { type: "string", default: process.arch },
    out: { type: "string", default: "dist/release" },
    folder: { type: "string" },
  });
  try {
    const archs = archsFrom(arch);
    const entries = await releaseFiles(archs);
    if (folder !== undefined) {
      writeFolder(resolve(folder), entries);
      console.log(`pack: ${archs.join(", ")}: ${resolve(folder)}`);
      return 0;
    }
    const { file, sha256 } = await writeArchive(resolve(out), entries, LEVEL);
    console.log(`pack: ${archs.join(", ")}: ${file}\npack: sha256 ${sha256}`);
    return 0;
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    console.error(`pack: ${error.message}`);
    return 1;
  }
}

function archsFrom(text: string): Arch[] {
  return text.split(",").map((name) => {
    const arch = ARCHS.find((one) => one === name.trim());
    if (!arch) throw new UsageError(`--arch: ${JSON.stringify(name)} is not one of ${ARCHS.join(", ")}`);
    return arch;
  });
}

await command("pack", USAGE, main);
