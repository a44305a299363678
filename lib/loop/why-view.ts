/**
 * Why an issue runs, ran, or does not: every gate read live, with its fact, and the story of its runs. It writes
 * nothing, so that it can be asked while the loop is disarmed.
 */
import { disabledReasons, isEnrolled } from "../core/config.ts";
import { explain, type GateReport } from "../core/dispatch-policy.ts";
import { GATES } from "../core/gate-table.ts";
import type { GateCode, Refusal } from "../core/gates.ts";
import { iso } from "../core/iso.ts";
import type { LogEntry } from "../core/run.ts";
import { redact } from "../core/text.ts";
import { repoKey } from "../core/types.ts";
import { gather, readIdentity } from "./gate-facts.ts";
import { type Gathered, noFacts } from "./gathered.ts";
import type { Loop } from "./loop.ts";

export interface Why {
  repo: string;
  issue: number;
  answer: "start" | "refused" | "running" | "settled" | "unknown";
  refusal: Refusal | null;
  gates: (GateReport & { seen_at: string | null })[];
  runs: string[];
  story: { at: string | null; kind: LogEntry["kind"]; text: string; act: string | null }[];
}

/** Nothing to tell: the forge knows no such issue, and neither do we; or the repo is not enrolled and cannot be read. */
export interface Nothing {
  unread: string | null;
}

export async function why(loop: Loop, issue: number): Promise<Why | Nothing> {
  const record = loop.store.issue(issue);
  const runs = (record?.runs ?? []).flatMap((id) => loop.store.run(id) ?? []);
  const current = runs.at(-1);
  const gathered = await gatherAll(loop, issue);
  const { wish, identity } = gathered.facts;
  const enrolled = isEnrolled(loop.settings.config, repoKey(loop.repo));
  if (!record && wish?.known && wish.value.issue === null) return { unread: null };
  if (!record && !enrolled && !identity?.known) return { unread: identity ? redact(identity.why, loop.held) : null };
  const gates = reports(loop, gathered);
  const running = current !== undefined && current.settledAt === null;
  const answer = running ? "running" : answerOf(gates, current !== undefined);
  const failed = gates.find((gate) => gate.state === "fail");
  return {
    repo: repoKey(loop.repo),
    issue,
    answer,
    refusal: failed && !running ? refusalOf(failed) : null,
    gates,
    runs: runs.map((run) => run.id),
    story: runs
      .flatMap((run) => run.log)
      .map((entry) => ({ ...entry, at: iso(entry.at), text: redact(entry.text, loop.held) })),
  };
}

function refusalOf({ gate: code, fact: reason }: GateReport): Refusal {
  return { code, reason };
}

const ASKED_PAST: GateCode[] = ["kill_switch", "paused", "not_enrolled"];

/** Asks on past a shut kill switch, a pause and the allowlist: the way to see what would start. */
async function gatherAll(loop: Loop, issue: number): Promise<Gathered> {
  const gathered = await noFacts(loop);
  const armed = GATES.filter((gate) => !ASKED_PAST.includes(gate.code));
  gathered.facts.identity = await readIdentity(loop, gathered);
  await gather(loop, gathered, issue, armed);
  return gathered;
}

/** The outer gates are reported as they stand, and those behind them as if they were open. */
function reports(loop: Loop, gathered: Gathered): Why["gates"] {
  const { config } = loop.settings;
  const key = repoKey(loop.repo);
  const asArmed = { ...config, killSwitch: false, allowlist: [...new Set([...config.allowlist, key])] };
  const open = { ...gathered.facts, killSwitch: { on: false, why: "" }, paused: null };
  const seen_at = iso(loop.now());
  const disabled = disabledReasons(loop.settings);
  return explain(open, asArmed).map(({ undo, ...report }) => {
    const shown = {
      ...report,
      fact: redact(undo ? `${report.fact}; to take it back: ${undo}` : report.fact, loop.held),
      seen_at: report.state === "not_reached" ? null : seen_at,
    };
    if (report.gate === "kill_switch" && disabled.length > 0)
      return { ...shown, state: "fail" as const, fact: disabled.join("; ") };
    const { paused } = gathered.facts;
    if (report.gate === "paused" && paused !== null) return { ...shown, state: "fail" as const, fact: paused };
    if (report.gate === "not_enrolled" && !config.allowlist.includes(key))
      return {
        ...shown,
        state: "fail" as const,
        fact: [`${key} is not on the allowlist`, ...(report.state === "fail" ? [shown.fact] : [])].join("; "),
      };
    return shown;
  });
}

function answerOf(gates: Why["gates"], ran: boolean): Why["answer"] {
  const stopped = gates.find((gate) => gate.state !== "pass");
  if (!stopped) return "start";
  if (ran && (stopped.gate === "already_ran" || stopped.gate === "not_ready")) return "settled";
  return stopped.state === "fail" ? "refused" : "unknown";
}
