/** A history: what one run of the rehearsal saw and decided, look by look, as the recorder told it. */
import { type Json, type Patch, patched, patchOf } from "./patch.ts";

type Fields = { [key: string]: Json };

/** `since`: what changed in run, config and pace since the entry before. `after`: what this entry changed in the run. */
export type Entry =
  | { type: "claim"; claim: Json; now: number; run: Json }
  | {
      type: "look";
      run: string;
      since: Patch;
      look: Json;
      now: number;
      at: Json;
      facts: Json;
      action: Json;
      after: Patch;
    }
  | { type: "settle"; run: string; since: Patch; now: number; notifiers: Json; after: Patch };

/** What an entry is decided on. */
export interface Standing {
  run: Json;
  config: Json;
  pace: Json;
}

export const UNKNOWN: Standing = { run: null, config: null, pace: null };

/** From the recorder's lines. Of looks in a row that came to the same answer the first is kept. */
export function historyOf(lines: Fields[]): Entry[] {
  const standings = new Map<string, Standing>();
  const answers = new Map<string, string>();
  return lines.flatMap((line): Entry[] => {
    const { type, now, after = null } = line;
    const run = idOf(after);
    if (type === "claim") {
      standings.set(run, { ...UNKNOWN, run: after });
      return [{ type, claim: line.claim ?? null, now: Number(now), run: after }];
    }
    const held = standings.get(run);
    // Claimed before the recording began.
    if (held === undefined) return [];
    const before: Standing = {
      run: line.run ?? null,
      config: line.config ?? held.config,
      pace: line.pace ?? held.pace,
    };
    const common = {
      run,
      since: patchOf(json(held), json(before)),
      now: Number(now),
      after: patchOf(before.run, after),
    };
    const { look = null, at = null, facts = null, action = null } = line;
    const answer = type === "look" ? answerOf(action, facts) : "settle";
    if (answers.get(run) === answer) return [];
    answers.set(run, answer);
    standings.set(run, { ...before, run: after });
    if (type === "look") return [{ type, ...common, look, at, facts, action }];
    return [{ type: "settle", ...common, notifiers: line.notifiers ?? [] }];
  });
}

/** The standing an entry begins with, and the run after it. */
export function standingAt(held: Standing, entry: Exclude<Entry, { type: "claim" }>): Standing & { after: Json } {
  const before = patched(json(held), entry.since) as unknown as Standing;
  return { ...before, after: patched(before.run, entry.after) };
}

/** A branch of the table, by name: `12 wait atRest`, `16 freeze_escalate red attempts`, `5 close_success landed at_rest`. */
export function answerOf(action: Json, facts: Json): string {
  const { row, type, decision, reason, look, freeze } = action as Fields;
  const { code, how, why } = (reason ?? {}) as Fields;
  const freezes = freeze === true && decision !== "freeze_escalate" ? "freezes" : null;
  const words = [
    row,
    decision ?? type,
    code,
    how ?? why,
    look,
    freezes,
    factOf(Number(row), String(type), facts as Fields),
  ];
  return words.filter((word) => word !== undefined && word !== null).join(" ");
}

/** Where one answer has several grounds: the fact that tells them apart. */
function factOf(row: number, type: string, facts: Fields): Json {
  const { type: thread, waitedMs } = facts.thread as Fields;
  if (row === 5 || row === 11) return thread ?? null;
  if (row === 8 && type === "wait") return waitedMs === null ? "unaccepted" : "accepted";
  return row === 18 ? ((facts.verdict as Fields).word ?? null) : null;
}

function idOf(run: Json): string {
  return String((run as Fields | null)?.id ?? "");
}

function json(standing: Standing): Json {
  return standing as unknown as Json;
}
