/**
 * What one check has to say of one thing. Codes are what a person searches docs/doctor.md for, and what a test plants a
 * fault for.
 *
 *   OK ........ looked at, and as it should be; also what a setup has no need of, with the reason
 *   WARN ...... the loop works, and will trouble somebody
 *   FAIL ...... what was set does not work: a run cannot start, land or be told of until a person mends it
 *   UNKNOWN ... it could not be looked at; never an OK
 */
import type { Offer } from "./offers.ts";

export const CODES = [
  "settings",
  "kill-switch",
  "allowlist",
  "private-key-format",
  "forge-reachable",
  "forge-token",
  "forge-token-expiry",
  "forge-permission",
  "webhook-present",
  "webhook-active",
  "webhook-events",
  "webhook-format",
  "webhook-last-delivery",
  "webhook-secret",
  "labels",
  "branch-rules",
  "ci-on-trunk",
  "ci-on-branch",
  "actions-policy",
  "afk-yml",
  "t3-reachable",
  "t3-version",
  "t3-token-scope",
  "t3-token-expiry",
  "t3-model",
  "t3-workspace",
  "slack-token",
  "slack-channel",
  "ntfy",
  "public-url",
  "clock-skew",
  "state-version",
  "disk",
] as const;

export type Code = (typeof CODES)[number];
export type State = "OK" | "WARN" | "FAIL" | "UNKNOWN";

export interface Finding {
  code: Code;
  /** A repo, a system or a setting; one word, so that a line can be taken apart. */
  subject: string;
  state: State;
  what: string;
  /** What a person can do; null where nothing is wrong. */
  mend: string | null;
  /** What setup can do about it. */
  offers: Offer[];
}

export function ok(code: Code, subject: string, what: string): Finding {
  return { code, subject, state: "OK", what, mend: null, offers: [] };
}

export function warn(code: Code, subject: string, what: string, mend: string, ...offers: Offer[]): Finding {
  return { code, subject, state: "WARN", what, mend, offers };
}

export function fail(code: Code, subject: string, what: string, mend: string, ...offers: Offer[]): Finding {
  return { code, subject, state: "FAIL", what, mend, offers };
}

export function unknown(code: Code, subject: string, why: string, mend: string): Finding {
  return { code, subject, state: "UNKNOWN", what: `could not be looked at: ${why}`, mend, offers: [] };
}
