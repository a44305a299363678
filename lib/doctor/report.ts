/** How findings are told: a line each and a count, or the same as JSON. No held secret leaves here, whoever wrote it. */
import { redact } from "../core/text.ts";
import type { Finding, State } from "./finding.ts";

export interface Report {
  checks: { code: string; subject: string; state: State; what: string; mend: string | null }[];
  ok: number;
  warn: number;
  fail: number;
  unknown: number;
}

export function reportOf(findings: Finding[], held: string[]): Report {
  const checks = findings.map(({ code, subject, state, what, mend }) => ({
    code,
    subject,
    state,
    what: told(what, held),
    mend: mend === null ? null : told(mend, held),
  }));
  const count = (state: State) => checks.filter((check) => check.state === state).length;
  return { checks, ok: count("OK"), warn: count("WARN"), fail: count("FAIL"), unknown: count("UNKNOWN") };
}

export function linesOf(report: Report): string[] {
  const lines = report.checks.map(({ code, subject, state, what, mend }) => {
    const line = `${state} ${code} ${subject}: ${what}`;
    return mend === null ? line : `${line} -> ${mend}`;
  });
  const { ok, warn, fail, unknown } = report;
  return [...lines, `doctor: ${ok} ok, ${warn} warn, ${fail} fail, ${unknown} unknown`];
}

/** 1 with a FAIL. What could not be looked at is told, and is no failure. */
export function exitOf(report: Report): number {
  return report.fail > 0 ? 1 : 0;
}

/** One line, whatever a server put into its words. */
function told(text: string, held: string[]): string {
  return redact(text, held).replace(/\s+/g, " ").trim();
}
