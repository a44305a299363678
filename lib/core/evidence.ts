/**
 * What the forge's own CI shows of the phases an agent claims. Pure.
 *
 *   tests_red  verified ... a check that was green on the commit before is red on it, and it changes tests only
 *   green      verified ... one of those checks is green on it
 *
 *   pending ..... CI of it is not over, and the grace for its beginning neither
 *   cancelled ... the check that could have shown it was cancelled, or its commit superseded
 *   unproven .... CI is over and does not show it: the claim stays a claim, unless it is run again before the end
 *
 * Both trailers on one commit, or on a history that was green all along, prove nothing.
 */
import { ageOf } from "./absence.ts";
import { type CheckMeaning, checkKey, latestAttempts, meaningOf, worstMeaning } from "./ci-verdict.ts";
import type { ClaimedPhase, Run } from "./run.ts";
import type { Check } from "./types.ts";

export type ProofState = "pending" | "verified" | "unproven" | "cancelled";

export interface PhaseProof {
  /** The phase's commit, of which this was read. */
  commit: string;
  state: ProofState;
  /** Which checks turned, told apart as `checkKey` does. */
  checks: string[];
  /** Why it is unproven. */
  why: Unproven | null;
}

export type Unproven =
  | { code: "not_red" }
  /** Nothing was red of it, so that no green could be seen to follow. */
  | { code: "no_red" }
  | { code: "not_green" }
  | { code: "no_ci" }
  /** The red commit changes more than tests. */
  | { code: "strays"; paths: string[] };

export interface Proof {
  red: PhaseProof | null;
  green: PhaseProof | null;
}

/** What was read of the phases' commits; a key is absent where nothing of it was asked. */
export interface ProofLook {
  /** It is the run's last look: what has not begun by now is not waited for. */
  last?: true;
  red?: { commit: string; before: Check[]; own: Check[]; strays: string[] };
  green?: { commit: string; own: Check[] };
}

/** Keys of the latest attempts that mean this; where several events have one run, it means the worst of them. */
export function keysOf(checks: Check[], meanings: readonly CheckMeaning[]): string[] {
  const all = Map.groupBy(latestAttempts(checks), checkKey);
  return [...all].flatMap(([key, ones]) => (meanings.includes(worstMeaning(ones)) ? [key] : []));
}

/** Which phases' commits CI has still something to say of. Before an ending also what a person may have run again: cancelled, or not green. */
export function unprovenPhases(
  run: Run,
  when: "on the way" | "at the end",
): { red: string | null; green: string | null } {
  const again = ({ state, why }: PhaseProof) => state === "cancelled" || why?.code === "not_green";
  const isOpen = (proof: PhaseProof) => proof.state === "pending" || (when === "at the end" && again(proof));
  const { tests_red: red, green } = run.claimed;
  const open = (claim: typeof red, proof: PhaseProof | null | undefined) =>
    claim && (proof?.commit !== claim.commit || isOpen(proof)) ? claim.commit : null;
  const redOpen = open(red, run.proof?.red);
  // What turned green was held against the red of then: against another it is read anew.
  const greenOpen = open(green, redOpen === null ? run.proof?.green : null);
  return { red: redOpen, green: greenOpen };
}

/** The run with what was read folded in. `graceMs`: how long CI of a commit may take to begin. */
export function observeProof(run: Run, look: ProofLook, graceMs: number, now: number): Run {
  const begun = (phase: ClaimedPhase) => !look.last && ageOf(run.claimed[phase], now) < graceMs;
  const before = run.proof ?? { red: null, green: null };
  const red = look.red ? redProof(look.red, begun("tests_red")) : before.red;
  const green = look.green ? greenProof(look.green, red, begun("green")) : before.green;
  return red === before.red && green === before.green ? run : { ...run, proof: { red, green } };
}

function redProof({ commit, before, own, strays }: NonNullable<ProofLook["red"]>, mayBegin: boolean): PhaseProof {
  const could = keysOf(before, ["proof"]);
  const turned = keysOf(own, ["red"]).filter((key) => could.includes(key));
  if (turned.length === 0 && mayYetBeGreen(before, own, mayBegin))
    return { commit, state: "pending", checks: [], why: null };
  const proof = stateOf(commit, turned, own, could, mayBegin, { code: "not_red" });
  if (proof.state !== "verified" || strays.length === 0) return proof;
  return { ...proof, state: "unproven", why: { code: "strays", paths: strays.slice(0, STRAYS_MAX) } };
}

/** What runs on the commit before may turn out to be green. While it runs a forge may not tell its workflow: its name counts. */
function mayYetBeGreen(before: Check[], own: Check[], mayBegin: boolean): boolean {
  const named = (checks: Check[], meaning: "pending" | "red") =>
    latestAttempts(checks).flatMap(({ word, name }) => (meaningOf(word, "running") === meaning ? name : []));
  const running = named(before, "pending");
  const red = named(own, "red");
  return red.length > 0 && running.length > 0 && (mayBegin || red.some((name) => running.includes(name)));
}

/** More are counted and not named. */
const STRAYS_MAX = 5;

function greenProof(
  { commit, own }: NonNullable<ProofLook["green"]>,
  red: PhaseProof | null,
  mayBegin: boolean,
): PhaseProof {
  if (red?.state === "pending") return { commit, state: "pending", checks: [], why: null };
  const could = red?.state === "verified" ? red.checks : [];
  const turned = keysOf(own, ["proof"]).filter((key) => could.includes(key));
  return stateOf(commit, turned, own, could, mayBegin, { code: could.length > 0 ? "not_green" : "no_red" });
}

function stateOf(
  commit: string,
  turned: string[],
  own: Check[],
  could: string[],
  mayBegin: boolean,
  otherwise: Unproven,
): PhaseProof {
  const proof = (state: ProofState, why: Unproven | null): PhaseProof => ({ commit, state, checks: turned, why });
  if (turned.length > 0) return proof("verified", null);
  if (keysOf(own, ["pending"]).length > 0) return proof("pending", null);
  const cancelled = keysOf(own, ["infra"]);
  if (could.length === 0 ? cancelled.length > 0 : cancelled.some((key) => could.includes(key)))
    return proof("cancelled", null);
  const unreported = could.some((key) => !own.some((check) => checkKey(check) === key));
  if (mayBegin && (own.length === 0 || unreported)) return proof("pending", null);
  return proof("unproven", own.length === 0 ? { code: "no_ci" } : otherwise);
}

export type EvidenceFact = "not_asked" | "pending" | "verified" | "lacking";

/** For a repo that lands nothing without it. */
export function evidenceFact(run: Run): EvidenceFact {
  if (run.evidence !== "required") return "not_asked";
  const { red, green } = run.proof ?? { red: null, green: null };
  const { tests_red, green: claimedGreen } = run.claimed;
  if (!tests_red || !claimedGreen) return "lacking";
  if (red?.commit !== tests_red.commit || red.state === "pending") return "pending";
  if (red.state !== "verified") return "lacking";
  if (green?.commit !== claimedGreen.commit || green.state === "pending") return "pending";
  return green.state === "verified" ? "verified" : "lacking";
}
