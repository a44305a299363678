/**
 * What a credential lacks, in GitHub's words. An installation is told its permissions; a classic token its scopes; of a
 * fine-grained one nobody is told anything but what the repo says of its account.
 */
import { failureOf, type HttpOutcome } from "../../forge/results.ts";
import type { AboutRepo, Lack } from "../facts.ts";
import { isForbidden, mapped, type Seen, saw, seenOf } from "../seen.ts";
import * as payloads from "./payloads.ts";

/** What a run reads and writes, in whatever way it lands. */
const EVERY_RUN: Record<string, "read" | "write"> = {
  metadata: "read",
  issues: "write",
  contents: "read",
  checks: "read",
  statuses: "read",
  actions: "write",
};

/** What a new App asks for: how a run lands is chosen later, and by each repo. */
export const APP_PERMISSIONS: Record<string, "read" | "write"> = { ...EVERY_RUN, pull_requests: "write" };

type Needed = [name: string, level: "read" | "write", onlyTo: Lack["onlyTo"]];

const NEEDED: Needed[] = [
  ...Object.entries(EVERY_RUN).map(([name, level]): Needed => [name, level, null]),
  ["pull_requests", "write", "propose"],
  ["contents", "write", "merge"],
  ["deployments", "read", "see deployments"],
];

const RANKS = ["none", "read", "write", "admin"];

export function lackingOfApp(outcome: HttpOutcome): Seen<Lack[]> {
  if (failureOf(outcome)?.status === 404)
    return saw([{ right: "the App is not installed in this repo", onlyTo: null }]);
  return mapped(seenOf(outcome, payloads.installation), ({ permissions }) =>
    NEEDED.filter(([name, level]) => RANKS.indexOf(permissions[name] ?? "none") < RANKS.indexOf(level)).map(
      ([name, level, onlyTo]) => ({ right: `${name}: ${level}`, onlyTo }),
    ),
  );
}

/** What a fine-grained token lacks shows in what it is refused. */
export interface TokenReads {
  labels: Seen<unknown>;
  runs: Seen<unknown>;
  rules: Seen<unknown>;
  statuses: Seen<unknown>;
  pulls: Seen<unknown>;
}

const RIGHTS: [of: keyof TokenReads, lack: Lack][] = [
  ["labels", { right: "Issues: read and write", onlyTo: null }],
  ["rules", { right: "Contents: read", onlyTo: null }],
  ["statuses", { right: "Commit statuses: read", onlyTo: null }],
  ["runs", { right: "Actions: read and write", onlyTo: null }],
  ["pulls", { right: "Pull requests: read and write", onlyTo: "propose" }],
];

export function lackingOfToken(who: HttpOutcome, about: AboutRepo, reads: TokenReads): Seen<Lack[]> {
  return saw([
    ...(about.may.push ? [] : [{ right: "write access to the repo", onlyTo: null }]),
    ...RIGHTS.flatMap(([of, lack]) => (isForbidden(reads[of]) ? [lack] : [])),
    ...(lacksScope(who) ? [{ right: "the scope repo", onlyTo: null }] : []),
  ]);
}

/** A classic token that is shown no private repo at all. */
export function lacksScope(who: HttpOutcome): boolean {
  const header = who.type === "answer" ? who.headers["x-oauth-scopes"] : undefined;
  const scopes = String(header ?? "")
    .split(",")
    .map((scope) => scope.trim());
  // Only a classic token has scopes at all; one with none of them sends the header empty.
  const isClassic = header !== undefined;
  return isClassic && !scopes.includes("repo") && !scopes.includes("public_repo");
}
