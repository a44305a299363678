/** How comments of ours are found again, after an answer that never came or in another ledger: invisible marks in their text. Pure. */
import type { Run } from "./run.ts";
import { newestThatFit } from "./text.ts";

/** What `marker` begins with on one issue: how our comment is found again. */
export function markerPrefix(repoId: string, number: number): string {
  return `<!-- afk:${repoId}#${number} `;
}

export interface MarkedRun {
  run: string;
  labelEvent: string;
}

/** `run/label event` pairs named in a comment of ours: label events that ran, whoever's ledger knows them. */
export function markedRuns(body: string, repoId: string, number: number): MarkedRun[] {
  const prefix = markerPrefix(repoId, number);
  const start = body.indexOf(prefix);
  if (start < 0) return [];
  const marker = body.slice(start + prefix.length, body.indexOf("-->", start));
  return [...marker.matchAll(/([0-9a-f]{8,64})\/([\w-]{1,64})/g)].map((match) => ({
    run: match[1] ?? "",
    labelEvent: match[2] ?? "",
  }));
}

/** More than a thousand runs, and room for what is told of them. */
const MARKER_CHARACTERS_MAX = 40_000;

/**
 * The first line of an issue's one comment, in `room` characters. The oldest runs are left out where not all fit: a start
 * asks for the newest labelling alone, so what is missed is no longer asked for.
 */
export function marker(repoId: string, number: number, ran: MarkedRun[], room = MARKER_CHARACTERS_MAX): string {
  const [start, end] = [`${markerPrefix(repoId, number)}runs=`, " -->"];
  const pairs = ran.map(({ run, labelEvent }) => `${run}/${labelEvent}`);
  const most = Math.min(room, MARKER_CHARACTERS_MAX) - start.length - end.length;
  return `${start}${newestThatFit(pairs, most).join(",")}${end}`;
}

/** How a hand-over comment is found again after an answer that never came. */
export function handOverMarker(run: Run): string {
  return `<!-- afk-hand-over:${run.id} -->`;
}
