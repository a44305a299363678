/**
 * Where workerd runs. Elsewhere its loader would say something nobody understands, so it is said before.
 *
 *   Linux on x86-64 or arm64, with glibc 2.35 or newer (Debian 12, Ubuntu 22.04, RHEL 10); macOS and Windows: not tried
 *   musl (Alpine) ................. refused
 */
import { z } from "zod";

export class PlatformError extends Error {}

export interface Platform {
  platform: string;
  arch: string;
  /** Null: another C library than glibc. */
  glibc: string | null;
}

const GLIBC_MIN = [2, 35] as const;

/** Why workerd cannot run there; null: it can. */
export function unfitPlatform({ platform, arch, glibc }: Platform): string | null {
  if (arch !== "x64" && arch !== "arm64") return `this machine is ${arch}: the loop runs on x86-64 and arm64`;
  if (platform !== "linux") return null;
  const needs = `the loop needs Linux with glibc ${GLIBC_MIN.join(".")} or newer`;
  if (glibc === null) return `this system has no glibc (it is musl, as Alpine's): ${needs}`;
  const [major = 0, minor = 0] = glibc.split(".").map(Number);
  const isOld = major < GLIBC_MIN[0] || (major === GLIBC_MIN[0] && minor < GLIBC_MIN[1]);
  return isOld ? `this system has glibc ${glibc}: ${needs}, as in Debian 12 and Ubuntu 22.04` : null;
}

export function refusePlatform(): void {
  const why = unfitPlatform({ platform: process.platform, arch: process.arch, glibc: ownGlibc() });
  if (why !== null) throw new PlatformError(why);
}

const reportSchema = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) });

function ownGlibc(): string | null {
  if (process.platform !== "linux") return null;
  // Else it would ask the network who its connections are with.
  Reflect.set(process.report, "excludeNetwork", true);
  return reportSchema.parse(process.report.getReport()).header.glibcVersionRuntime ?? null;
}
