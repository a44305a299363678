/**
 * Where a loop that runs from its sources has its two big parts: the bundle, built when it is not there yet, and workerd.
 * In a release the two lie ready, and its commands are called otherwise: `npm run pack` puts packed-parts.ts in the place of
 * this file.
 */
import { createRequire } from "node:module";
import { z } from "zod";
import { build } from "../build.ts";

export async function workerBundle(signal: AbortSignal): Promise<string> {
  return (await build({ signal })).worker;
}

/** The package has no types: it exports, as its default, the path of this system's binary. */
export function workerdBinary(): string {
  return z.object({ default: z.string() }).parse(createRequire(import.meta.url)("workerd")).default;
}

/** Words that tell what to type and to read: of what is there. */
export function asHere(words: string): string {
  return words;
}
