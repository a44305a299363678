/**
 * What people with write access may order in a comment of an issue: its first line, and nothing else on that line. What
 * is quoted, indented, in a code block or in the middle of a text is no order. Pure; the words of the answers are here.
 */
import { type Pause, pauseWords } from "./pause.ts";
import type { RetryAnswer } from "./retry.ts";
import { inline } from "./text.ts";

const COMMANDS = ["pause", "resume", "stop", "release", "retry", "why"] as const;
export type Command = (typeof COMMANDS)[number];

export function parseCommand(body: string): Command | null {
  const [first = ""] = body.slice(0, 200).split(/\r?\n/, 1);
  const word = /^\/afk[ \t]+([a-z]+)[ \t]*$/i.exec(first)?.[1]?.toLowerCase();
  return COMMANDS.find((command) => command === word) ?? null;
}

/** What became of the last command on an issue. */
export type Said =
  /** `late`: one that was written after it and said otherwise has been obeyed. */
  | { command: "pause"; by: string; late?: true }
  /** `all`: the pause of all repos that stands all the same. */
  | { command: "resume"; by: string; all: Pause | null; late?: true }
  /** `run`: there was one to stop. `newer`: it was ordered after that was written. */
  | { command: "stop"; by: string; run: boolean; newer?: true }
  /** `agent`: there is a run, and its agent is left to the loop. */
  | { command: "release"; by: string; run: boolean; newer?: true; agent?: true }
  /** Without an answer: an older release's, which ordered nothing. */
  | { command: "retry"; by: string; label: string; answer?: RetryAnswer }
  | { command: "why"; by: string; detail: string };

/** Whether it was done, for the reaction: a person who may order it is told when nothing came of it. */
export function isDone(said: Said): boolean {
  switch (said.command) {
    case "pause":
    case "resume":
      return !said.late;
    case "stop":
    case "release":
      return said.run;
    case "retry":
      return said.answer === "ordered";
    case "why":
      return true;
    default:
      return said satisfies never;
  }
}

/** For the comment. */
export function saidLine(said: Said): string {
  const by = inline(said.by);
  switch (said.command) {
    case "pause":
      if (said.late) return `Not paused, ${by}: a comment written after that said \`/afk resume\`.`;
      return `Paused by ${by}: nothing starts in this repo until a comment says \`/afk resume\`.`;
    case "resume": {
      if (said.late) return `Not resumed, ${by}: a comment written after that said \`/afk pause\`.`;
      const still = pauseWords(null, said.all);
      return still === null ? `Resumed by ${by}.` : `Resumed by ${by}, but ${inline(still)}.`;
    }
    case "stop":
      if (said.run) return `Stopped by ${by}.`;
      return `Nothing to stop, ${by}: ${noRun(said)}.`;
    case "release":
      if (said.run) return `Released by ${by}: the run here waits for no agent any more.`;
      if (said.agent) return `Not released, ${by}: the agent of the run here can be asked. \`/afk stop\` ends it.`;
      return `Nothing to release, ${by}: ${noRun(said)}.`;
    case "retry":
      return retryLine(by, `\`${said.label}\``, said.answer);
    case "why":
      return `Why, asked by ${by}: ${inline(said.detail, 500)}`;
    default:
      // A newer release's, after going back to this one.
      said satisfies never;
      return "";
  }
}

function noRun({ newer }: { newer?: true }): string {
  return newer ? "the run in flight here was ordered after that" : "no run is in flight here";
}

function retryLine(by: string, label: string, answer: RetryAnswer | undefined): string {
  switch (answer) {
    case "ordered":
      return `Retrying, as ${by} ordered.`;
    case "undone":
      return `Not retried after all, ${by}: see that ${label} is on, and put it on where it is not.`;
    case "running":
      return `Nothing to retry, ${by}: a run is in flight here.`;
    case "closed":
      return `Not retried, ${by}: the issue is closed. Reopen it first.`;
    case "edited":
      return `Not retried, ${by}: the text changed since. Read it as it is now and say it again.`;
    case "unproven":
      return `To retry, ${by}, label it ${label} again: nothing shows which text you had before you.`;
    case "nameless":
      return `To retry, ${by}, label it ${label} again: the forge does not tell the loop which account it has.`;
    case undefined:
      return `To retry, ${by}, label it ${label} again: only a labelling by a person orders a run.`;
    default:
      return answer satisfies never;
  }
}

/** A forge that tells of a comment later than this tells of an old one: it was made before anybody here listened. */
const TOLD_LATE_MS_MAX = 10 * 60_000;

/**
 * Whether a comment was new when it was told: its age on the forge's own clock, less what we have held it for on ours.
 * Without the forge's time nothing proves it.
 */
export function isFresh(createdIso: string, forgeIso: string | null, heldMs: number): boolean {
  if (forgeIso === null) return false;
  return Date.parse(forgeIso) - Date.parse(createdIso) - heldMs <= TOLD_LATE_MS_MAX;
}
