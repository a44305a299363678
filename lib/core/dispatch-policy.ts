/**
 * May this issue start? Pure. The gates of the table in order, first that fails is the refusal; a fact that was not read
 * yet is asked for, a fact that cannot be read makes the answer unknown - not now, look again - and never a yes.
 */
import type { Config } from "./config.ts";
import { GATES, type Gate } from "./gate-table.ts";
import type { FactName, GateCode, GateFacts, Refusal } from "./gates.ts";

export type GateState = "pass" | "fail" | "unknown" | "not_reached";

export interface GateReport {
  gate: GateCode;
  state: GateState;
  fact: string;
  /** As in a refusal. */
  undo?: string;
}

export type Ruling =
  | { type: "start" }
  | { type: "refused"; refusal: Refusal }
  | { type: "unknown"; gate: GateCode; why: string }
  | { type: "read"; fact: FactName };

/** Gates that our own records answer, asked before anything at all is read. */
export const OWN_GATES = GATES.filter(({ code }) => ["kill_switch", "paused", "repo_busy"].includes(code));

/** Whose wish it is, and whether it still is one: what must hold before anything is said on an issue. */
export const WISH_GATES = GATES.filter(({ code }) => code === "not_ready" || code === "labeller_untrusted");

/** Gates of the whole repo, asked before any issue is read. */
export const REPO_GATES = GATES.filter((gate) => gate.repoWide);

/** Whether an issue may start, or which fact to read next. */
export function mayStart(facts: GateFacts, config: Config, gates: readonly Gate[] = GATES): Ruling {
  for (const gate of gates) {
    const judged = gate.judge(facts, config);
    if (judged.state === "read") return { type: "read", fact: judged.need };
    if (judged.state === "fail") {
      const { fact: reason, undo } = judged;
      return { type: "refused", refusal: { code: gate.code, reason, ...(undo ? { undo } : {}) } };
    }
    if (judged.state === "unknown") return { type: "unknown", gate: gate.code, why: judged.fact };
  }
  return { type: "start" };
}

/** Every gate with what it saw, in order, for the why-route; after the first that does not pass: not reached. */
export function explain(facts: GateFacts, config: Config): GateReport[] {
  let open = true;
  return GATES.map((gate) => {
    const judged = open ? gate.judge(facts, config) : null;
    if (judged?.state !== "pass") open = false;
    if (judged === null || judged.state === "read") return { gate: gate.code, state: "not_reached", fact: "" };
    const undo = judged.state === "fail" && judged.undo ? { undo: judged.undo } : {};
    return { gate: gate.code, state: judged.state, fact: judged.fact, ...undo };
  });
}

/** Most urgent first: lowest `priority:<n>`, none last, then lowest number. */
export function byUrgency(
  one: { number: number; labels: string[] },
  other: { number: number; labels: string[] },
): number {
  return priority(one.labels) - priority(other.labels) || one.number - other.number;
}

function priority(labels: string[]): number {
  const values = labels.flatMap((label) => {
    const match = /^priority:(\d{1,6})$/i.exec(label);
    return match ? [Number(match[1])] : [];
  });
  return values.length > 0 ? Math.min(...values) : Number.MAX_SAFE_INTEGER;
}

/** The same labelling can never pass these gates later; a new one is judged anew. */
export function isFinal(code: GateCode): boolean {
  return code === "labeller_untrusted" || code === "edited";
}
