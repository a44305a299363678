/** One story in a scratch repo: its issue is filed, noted, labelled and watched, and all is cleaned up after, however it ends. */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type ActResult, repoKey } from "../../../lib/core/types.ts";
import { cleanUp } from "./clean.ts";
import { Company } from "./company.ts";
import { bodyOf, type Marker, newMarker, overBody, TITLE } from "./marker.ts";
import { type Ground, leftovers, lookAtTrunk } from "./preflight.ts";
import { refuse } from "./refuse.ts";
import { watch } from "./watch.ts";

export interface Story {
  name: string;
  shows: string;
  script: string;
  turns: number;
}

export const STORIES: readonly Story[] = [
  { name: "happy-path", shows: "labelled, worked on, landed, CI green, closed", script: "guest", turns: 1 },
  {
    name: "red-then-fixed",
    shows: "landed red: the same thread fixes it forward",
    script: "guest-red",
    turns: 2,
  },
];

export interface Visit {
  ground: Ground;
  story: Story;
  dir: string;
  minutes: number;
  byHand: boolean;
  /** Aborted with words: somebody stops us. */
  stop: AbortSignal;
  say: (line: string) => void;
}

export interface Came {
  /** Null: it went as it should. */
  why: string | null;
  /** What could not be cleaned up. */
  left: string[];
  issue: string;
}

const MINUTE_MS = 60_000;
/** What cleaning up may take, for whoever waits elsewhere. */
const CLEANING_MS = 5 * MINUTE_MS;

export async function visit(visited: Visit): Promise<Came> {
  const { ground, say, dir, story } = visited;
  mkdirSync(dir, { recursive: true });
  const base = await lookAtTrunk(ground);
  const { number, url, marker } = await file(visited, base);
  say(`  issue: ${url}`);
  await alone(ground, number, marker);
  const came: Came = { why: "it was not begun", left: [], issue: url };
  try {
    came.why = await played(visited, number, marker);
  } catch (error) {
    came.why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
  say(`  cleaning up after ${story.name}`);
  came.left = await cleanUp(ground, { number, marker }, say);
  return came;
}

/** Its note stands in the issue from the first moment on. */
async function file(
  { ground, minutes }: Visit,
  base: string,
): Promise<{ number: number; url: string; marker: Marker }> {
  const { scratch, own, trunk } = ground;
  const where = repoKey(own.target.repo);
  const labels = await scratch.labels();
  if (!labels.known) return refuse(where, labels.why, "run it again");
  const there = labels.value.map((label) => label.toLowerCase());
  const marker = newMarker({
    ...{ id: randomBytes(8).toString("hex"), trunk, base },
    labels: Object.values(own.config.labels).filter((label) => !there.includes(label.toLowerCase())),
    until: Date.now() + minutes * MINUTE_MS + CLEANING_MS,
  });
  const opened = await scratch.open(TITLE, bodyOf(marker));
  if (opened.type !== "done")
    return refuse(where, `the issue could not be opened: ${opened.why}`, "give the token the right to write issues");
  return { number: opened.value.number, url: opened.value.url, marker };
}

/** Of two that began at once the later issue gives way: both look after they have filed theirs. */
async function alone(ground: Ground, number: number, marker: Marker): Promise<void> {
  try {
    await leftovers(ground, Date.now(), number);
  } catch (error) {
    await ground.ports.tracker.close(number);
    await ground.scratch.writeBody(number, overBody(marker));
    throw error;
  }
}

async function played(visited: Visit, number: number, marker: Marker): Promise<string | null> {
  const { ground, story, dir, minutes, say } = visited;
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(`not over after ${minutes} minutes`), minutes * MINUTE_MS);
  const signal = AbortSignal.any([visited.stop, over.signal]);
  let company: Company | null = null;
  try {
    company = await Company.gather(ground.own, { dir, script: story.script, gate: ground.gate, say });
    if (signal.aborted) return String(signal.reason);
    await labelled(visited, number, signal);
    return await watch({ ...{ ground, company, number, marker, signal, say }, turns: story.turns });
  } finally {
    clearTimeout(timer);
    await company?.leave();
    await ground.gate.settled();
  }
}

async function labelled({ ground, byHand, say }: Visit, number: number, signal: AbortSignal): Promise<void> {
  const { tracker } = ground.ports;
  const { labels, pollMs } = ground.own.config;
  if (!byHand) {
    done(await tracker.addLabel(number, labels.ready));
    say(`  ${ground.person.login} puts ${labels.ready} on #${number}`);
    return;
  }
  say(`  put the label ${labels.ready} on it now: this waits for you`);
  for (;;) {
    const issue = await tracker.issue(number);
    if (issue.known && issue.value.type === "present") {
      const on = issue.value.issue.labels.map((label) => label.toLowerCase());
      if (on.includes(labels.ready.toLowerCase())) return;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new Error(`${String(signal.reason)}; nobody put the label on`);
  }
}

function done(result: ActResult<unknown>): void {
  if (result.type !== "done") throw new Error(`the label could not be put on: ${result.why}`);
}
