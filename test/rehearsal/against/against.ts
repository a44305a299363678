/**
 * `npm run rehearse -- --against <forge> --repo owner/scratch`: the real forge and its real CI, and the real loop, with a
 * stand-in for the executor whose agent is harmless. What it does there it takes back.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { redact } from "../../../lib/core/text.ts";
import type { HttpSettings } from "../../../lib/forge/http.ts";
import type { StartSettings } from "../../../scripts/start/settings.ts";
import { cleanUp } from "./clean.ts";
import { type Came, type Story, visit } from "./play.ts";
import { type Ground, leftovers, lookAt } from "./preflight.ts";
import { ownSettings } from "./settings.ts";

export interface AgainstOptions {
  against: string;
  repo: string;
  stories: readonly Story[];
  minutes: number;
  byHand: boolean;
  keep: boolean;
  out: string | null;
  start: StartSettings;
  fetch: HttpSettings["fetch"];
  say: (line: string) => void;
}

/** The exit code. */
export async function rehearseAgainst(options: AgainstOptions): Promise<number> {
  const { start, against, repo, fetch } = options;
  const own = ownSettings(start, against, repo, start.rehearseToken);
  const say = (line: string) => options.say(redact(line, own.held));
  const ground = await lookAt(own, { fetch, callMs: own.config.callMs });
  const stop = stopped(say);
  const out = options.out === null ? mkdtempSync(join(tmpdir(), "afk-rehearsal-")) : resolve(options.out);
  const from = Date.now();
  try {
    const wasLeft = await cleanLeftovers(ground, say);
    const came = wasLeft.length > 0 ? [] : await playAll(options, ground, { out, stop: stop.signal, say });
    const failed = came.filter(({ why, left }) => why !== null || left.length > 0).length;
    lastWords(wasLeft.length > 0 ? [{ why: null, left: wasLeft, issue: "" }] : came, say);
    scrub(out, own.held);
    const isWell = failed === 0 && came.length === options.stories.length;
    if (options.keep || options.out !== null || failed > 0) say(`records are in ${out}`);
    else rmSync(out, { recursive: true, force: true });
    const passed = came.length - failed;
    say(`rehearse: ${passed} passed, ${failed} failed in ${((Date.now() - from) / 1000).toFixed(1)} s`);
    return isWell ? 0 : 1;
  } catch (error) {
    // Refused after all: there is nothing to read.
    if (options.out === null) rmSync(out, { recursive: true, force: true });
    throw error;
  } finally {
    stop.forget();
    await ground.gate.close();
  }
}

async function playAll(
  { stories, minutes, byHand }: AgainstOptions,
  ground: Ground,
  { out, stop, say }: { out: string; stop: AbortSignal; say: (line: string) => void },
): Promise<Came[]> {
  const { forge } = ground.repo;
  const all: Came[] = [];
  for (const story of stories) {
    if (stop.aborted) break;
    say(`  ${story.name}: ${story.shows}`);
    say("  no webhook reaches this machine, and none is needed: the loop lives by its sweep");
    const dir = join(out, forge, story.name);
    const came = await visit({ ground, story, dir, minutes, byHand, stop, say });
    const words = [...(came.why === null ? [] : [came.why]), ...came.left.map((each) => `not cleaned up: ${each}`)];
    say(words.length === 0 ? `PASS ${forge}/${story.name}` : `FAIL ${forge}/${story.name}: ${words.join("; ")}`);
    all.push(came);
  }
  return all;
}

async function cleanLeftovers(ground: Ground, say: (line: string) => void): Promise<string[]> {
  const left: string[] = [];
  for (const leftover of await leftovers(ground, Date.now())) {
    say(`  an earlier rehearsal was killed: cleaning up after it first (${leftover.url})`);
    left.push(...(await cleanUp(ground, leftover, say)));
  }
  return left;
}

function lastWords(came: Came[], say: (line: string) => void): void {
  const left = came.flatMap((one) => one.left);
  for (const each of left) say(`left behind: ${each}`);
  if (left.length > 0) say("run it again to clean up, or do it by hand");
  const issues = came.flatMap(({ issue }) => (issue === "" ? [] : [issue]));
  if (issues.length > 0)
    say(
      `what stays: ${issues.join(", ")}, closed, with its comments, and the commits and their way back in the history`,
    );
}

/** The first signal ends the story, and what it did is taken back; later ones find that under way. */
function stopped(say: (line: string) => void): { signal: AbortSignal; forget: () => void } {
  const stop = new AbortController();
  const heard = (name: NodeJS.Signals) => {
    say(stop.signal.aborted ? "  still cleaning up" : `  ${name}: stopping, then cleaning up`);
    stop.abort(`stopped by ${name}`);
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, heard);
  const forget = () => {
    for (const name of names) process.off(name, heard);
  };
  return { signal: stop.signal, forget };
}

/** The records are for people to read and to show: no secret is in them, whoever wrote them. */
function scrub(dir: string, held: string[]): void {
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(log|jsonl|md)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8");
    const clean = redact(text, held);
    if (clean !== text) writeFileSync(path, clean);
  }
}
