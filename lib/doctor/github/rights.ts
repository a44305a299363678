/**
 * What a credential lacks, in GitHub's words. An installation is told its permissions; a classic token its scopes; of a
 * fine-grained one nobody is told anything but what the repo says of its account.
 */
import { failureOf, type Outcome } from "../../forge/results.ts";
import type { AboutRepo } from "../facts.ts";
import { mapped, type Seen, saw, seenOf } from "../seen.ts";
import * as payloads from "./payloads.ts";

/** What a run reads and writes, in whatever way it lands. */
export const APP_PERMISSIONS: Record<string, "read" | "write"> = {
  metadata: "read",
  issues: "write",
  contents: "read",
  pull_requests: "write",
  checks: "read",
  statuses: "read",
  actions: "write",
};

const RANKS = ["none", "read", "write", "admin"];

export function lackingOfApp(outcome: Outcome): Seen<string[]> {
  if (failureOf(outcome)?.status === 404) return saw(["the App is not installed in this repo"]);
  return mapped(seenOf(outcome, payloads.installation), ({ permissions }) =>
    Object.entries(APP_PERMISSIONS)
      .filter(([name, needed]) => RANKS.indexOf(permissions[name] ?? "none") < RANKS.indexOf(needed))
      .map(([name, needed]) => `${name}: ${needed}`),
  );
}

/** What a fine-grained token lacks shows in what it is refused. */
export interface TokenReads {
  labels: Seen<unknown>;
  runs: Seen<unknown>;
  rules: Seen<unknown>;
  statuses: Seen<unknown>;
}

const RIGHTS: [of: keyof TokenReads, right: string][] = [
  ["labels", "Issues: read and write"],
  ["rules", "Contents: read"],
  ["statuses", "Commit statuses: read"],
  ["runs", "Actions: read and write"],
];

export function lackingOfToken(who: Outcome, about: AboutRepo, reads: TokenReads): Seen<string[]> {
  const refused = RIGHTS.flatMap(([of, right]) => (isForbidden(reads[of]) ? [right] : []));
  const lacking = about.may.push ? refused : ["write access to the repo", ...refused];
  return saw(lacksScope(who) ? [...lacking, "the scope repo"] : lacking);
}

/** A classic token that is shown no private repo at all. */
export function lacksScope(who: Outcome): boolean {
  const header = who.type === "answer" ? who.headers["x-oauth-scopes"] : undefined;
  const scopes = String(header ?? "")
    .split(",")
    .map((scope) => scope.trim());
  // Only a classic token has scopes at all; one with none of them sends the header empty.
  const isClassic = header !== undefined;
  return isClassic && !scopes.includes("repo") && !scopes.includes("public_repo");
}

function isForbidden(read: Seen<unknown>): boolean {
  return !read.known && read.status === 403;
}
