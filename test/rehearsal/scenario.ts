/** What a scenario is, and the truths that hold at the end of every one of them. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ForgeName } from "../fakes/forge/stand-in.ts";
import { REPO, type Stage, type StageOptions } from "./stage.ts";

export interface Scenario {
  name: string;
  /** One line: what it shows. */
  shows: string;
  /** Where it can be played; absent: on every forge. */
  forges?: ForgeName[];
  agent?: StageOptions["agent"];
  ci?: StageOptions["ci"];
  settings?: StageOptions["settings"];
  webhooks?: StageOptions["webhooks"];
  /** Acts as people and fate do, and waits until the stand-ins show what must come. Throws what is wrong. */
  play(stage: Stage): Promise<void>;
  /** Turns the executor must have accepted in the end, and no more. */
  turns: number;
  threads: number;
  /** Bells that must have rung about an ending, at each notifier. */
  bells?: number;
}

export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Asserted when a scenario has been played, from the records alone. */
export async function alwaysTrue(stage: Stage, scenario: Scenario, count: "exactly" | "at most"): Promise<void> {
  const { violations, log } = stage.standIn;
  expect(violations.length === 0, `the forge's description was broken: ${violations[0]}`);
  const threads = stage.threads().length;
  const counts = (found: number, wanted: number) => (count === "exactly" ? found === wanted : found <= wanted);
  expect(counts(threads, scenario.threads), `${threads} threads were created, not ${scenario.threads}`);
  const turns = stage.turns().length;
  expect(counts(turns, scenario.turns), `${turns} turns were accepted, not ${scenario.turns}`);
  const keys = stage.turns().map((turn) => `${turn.threadId} ${turn.text}`);
  expect(new Set(keys).size === keys.length, "the same turn was accepted twice");
  expect(!agentsOverlap(join(stage.dir, "agents")), "two agents were at work at once");
  for (const issue of stage.issues()) {
    // Each deployment has an account of its own, and one comment.
    const authors = issue.comments.filter(({ body }) => body.startsWith("<!-- afk:")).map(({ by }) => by);
    expect(new Set(authors).size === authors.length, `#${issue.number} has comments with our marker of ${authors}`);
  }
  const written = [
    ...log.map((one) => JSON.stringify(one.requestBody ?? "")),
    ...stage.turns().map((turn) => turn.text),
  ];
  for (const secret of stage.secrets) expect(!written.some((text) => text.includes(secret)), "a secret was written");
  const thrown = stage.loop.lines.find((line) => /"code":"thrown"|[Uu]ncaught|TypeError|ReferenceError/.test(line));
  expect(thrown === undefined, `worker.log holds an exception: ${thrown}`);
}

function agentsOverlap(dir: string): boolean {
  const spans: { start: number; end: number }[] = [];
  for (const file of existsSync(dir) ? readdirSync(dir) : []) {
    const starts = new Map<string, { start: number; end: number }>();
    for (const line of readFileSync(join(dir, file), "utf8").trim().split("\n")) {
      const { event, at, turnId, pid } = JSON.parse(line) as { event: string; at: number; turnId: string; pid: number };
      const key = `${turnId} ${pid}`;
      const span = starts.get(key) ?? { start: at, end: at };
      starts.set(key, event === "start" ? span : { ...span, end: at });
    }
    spans.push(...starts.values());
  }
  spans.sort((one, other) => one.start - other.start);
  return spans.some((span, index) => spans.slice(index + 1).some((later) => later.start < span.end));
}

/** Commits of the trunk, newest first, as the bare repo has them. */
export function trunkLog(stage: Stage): string[] {
  const directory = stage.forge.git.directory(REPO);
  const text = execFileSync("git", ["-C", directory, "log", "--format=%H%x00%B%x01", "main"], { encoding: "utf8" });
  return text
    .split("\u0001")
    .map((commit) => commit.trim())
    .filter((commit) => commit !== "");
}

/** As the bare repo has it, on whatever branch. */
export function messageOf(stage: Stage, sha: string): string {
  const directory = stage.forge.git.directory(REPO);
  return execFileSync("git", ["-C", directory, "log", "-1", "--format=%B", sha], { encoding: "utf8" });
}

/** Landing commits of a run that the trunk holds. */
export function landings(stage: Stage): number {
  return trunkLog(stage).filter((commit) => /^AFK-Run: [0-9a-f]+$/m.test(commit)).length;
}

/** The trunk's newest commit. */
export function head(stage: Stage): string {
  return trunkLog(stage)[0]?.slice(0, 40) ?? "";
}
