/**
 * What a rehearsal notes in its issue's body, in an HTML comment, before it does anything else: so that one that was killed
 * can be cleaned up after by the next, and two never play at once.
 *
 *   afk-rehearsal ......... under way, or killed
 *   afk-rehearsal-over .... cleaned up after
 */
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import * as z from "zod";
import { identify } from "../../../scripts/start/process-identity.ts";

const marker = z.object({
  id: z.string(),
  /** The trunk before anything was done. */
  trunk: z.string(),
  base: z.string(),
  /** Working labels that the repo did not have. */
  labels: z.array(z.string()),
  /** By when it will be over, by the clock of whoever wrote it. */
  until: z.number(),
  /** Digests of the machine and of the process; who reads the issue learns neither. */
  machine: z.string(),
  pid: z.number(),
  born: z.string(),
});

export type Marker = z.infer<typeof marker>;

export const TITLE = "A rehearsal of AFK loop";
const WORDS = `Opened by \`npm run rehearse -- --against\`. A stand-in for a coding agent works on it, lands a harmless file, and all is taken back at the end. There is nothing to do here.`;
const OVER = "The rehearsal is over: what it landed was taken back, and its branches and labels are gone.";

export function bodyOf(of: Marker): string {
  return `${WORDS}\n\n<!-- afk-rehearsal ${Buffer.from(JSON.stringify(of)).toString("base64url")} -->\n`;
}

export function overBody({ id }: Marker): string {
  return `${WORDS}\n\n${OVER}\n\n<!-- afk-rehearsal-over ${id} -->\n`;
}

/** Null: none, none that we understand, or one that is over. */
export function markerIn(body: string): Marker | null {
  const text = /<!-- afk-rehearsal ([\w-]+) -->/.exec(body)?.[1];
  if (text === undefined) return null;
  try {
    return marker.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch {
    return null;
  }
}

export function newMarker(of: Pick<Marker, "id" | "trunk" | "base" | "labels" | "until">): Marker {
  return { ...of, machine: digest(hostname()), pid: process.pid, born: bornOf(process.pid) };
}

/** On this machine it is known whether it still runs; of another it is believed for as long as it said it would take. */
export function isUnderWay(of: Marker, nowMs: number): boolean {
  return of.machine === digest(hostname()) ? of.born === bornOf(of.pid) : nowMs < of.until;
}

function bornOf(pid: number): string {
  const born = identify(pid)?.born;
  return born === undefined ? "" : digest(born);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
