/**
 * Rule 6, of the bells: each ending that concerns a person has rung once at each notifier, counted by what Slack and ntfy
 * hold. Once more only for an answer that was lost, or for a ledger that died before it could note what it had heard; in
 * Slack, where a bell is looked for before it rings, only if that look failed too. A part of `Rules`.
 */
import type { Run } from "../../lib/core/run.ts";
import { type Mishap, takesEffect } from "./network.ts";
import type { Rules } from "./rules.ts";
import type { Incarnation } from "./storage.ts";
import type { System } from "./weather.ts";
import type { World } from "./world.ts";

/** The words with which whatever tells of it begins. */
export const ENDINGS = {
  closed: "Done:",
  escalated: "Handed over",
  frozen: "Handed over",
  withdrawn: "Withdrawn",
  gone: "The issue is gone",
};
const NOTIFIERS = ["slack", "ntfy"] as const;
type NotifierName = (typeof NOTIFIERS)[number];

interface Asked {
  system: System;
  path: string;
  body: string;
  by: string | null;
}

interface Bell {
  system: NotifierName;
  title: string;
  words: string;
}

interface Heard {
  bells: number;
  /** Who rang last. */
  ringer: Incarnation | null;
  /** Bells that may have to ring again: what came of them was not heard, or not noted. */
  unnoted: number;
  isRefused: boolean;
}

export class Bells {
  /** Runs whose ending froze their repo. */
  readonly froze = new Set<string>();
  private readonly world: World;
  private readonly rules: Rules;
  /** By notifier, issue and ending: two runs of one issue may end alike. */
  private readonly heard = new Map<string, Heard>();
  /** By notifier, title and ending: how many bells it held when one was served last. */
  private readonly held = new Map<string, number>();
  /** By ledger: how often it could not see what stands in Slack. */
  private readonly blind = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  mishap({ mishap, ...asked }: Asked & { mishap: Mishap }): void {
    const { by, path } = asked;
    if (by !== null && isLook(path)) this.blind.set(by, (this.blind.get(by) ?? 0) + 1);
    const heard = this.of(asked);
    if (heard === null) return;
    if (takesEffect(mishap)) heard.unnoted++;
    if (mishap === "4xx" || mishap === "404") heard.isRefused = true;
  }

  served(asked: Asked): void {
    const bell = bellOf(asked);
    const heard = this.of(asked);
    if (bell === null || heard === null) return;
    if (!isLoudEnough(asked, bell))
      this.rules.broken(6, `a bell of "${bell.words}" (${bell.title}) calls nobody at ${bell.system}`);
    // Others may ring at the same time: only bells of this title and ending are its own.
    const key = `${asked.system} ${bell.title} ${bell.words}`;
    const holds = this.holds(bell);
    const rung = holds - (this.held.get(key) ?? 0);
    this.held.set(key, holds);
    if (rung === 0) return;
    heard.bells += rung;
    if (heard.ringer?.dead) heard.unnoted++;
    heard.ringer = this.world.ledgers.living(asked.by ?? "");
    // It died while its request was on the way.
    if (heard.ringer === null) heard.unnoted++;
  }

  private holds({ system, title, words }: Bell): number {
    const isSame = (lines: string[]) => lines[0] === title && endingIn(lines) === words;
    if (system === "slack")
      return this.world.slack.messages.filter(
        (one) => one.metadata?.event_type === "afk_bell" && isSame(one.text.split("\n")),
      ).length;
    // One that replaces an earlier one rings too.
    return this.world.ntfy.messages
      .filter((one) => isSame([one.title ?? "", ...one.message.split("\n")]))
      .reduce((rung, one) => rung + 1 + one.updates, 0);
  }

  private of(asked: Asked): Heard | null {
    const bell = bellOf(asked);
    const [, number] = /^\S+?#(\d+) /.exec(bell?.title ?? "") ?? [];
    if (bell === null || number === undefined || asked.by === null) return null;
    return this.at(keyOf(bell.system, asked.by, Number(number), bell.words));
  }

  private at(key: string): Heard {
    const heard = this.heard.get(key) ?? { bells: 0, ringer: null, unnoted: 0, isRefused: false };
    this.heard.set(key, heard);
    return heard;
  }

  /** Asked when the calm is over. */
  check(): void {
    const due = new Map<string, { least: number; most: number; again: number }>();
    for (const [by, run] of this.world.everyRun()) {
      if (run.outcome === null || run.settledAt === null) continue;
      const { least, most } = rings(run, this.froze.has(run.id));
      for (const notifier of NOTIFIERS) {
        const key = keyOf(notifier, by, run.issue.number, ENDINGS[run.outcome.type]);
        const others = due.get(key) ?? { least: 0, most: 0 };
        const again = notifier === "slack" ? (this.blind.get(by) ?? 0) : Number.POSITIVE_INFINITY;
        due.set(key, { least: others.least + least, most: others.most + most, again });
      }
    }
    for (const [key, { least, most, again }] of due) {
      const { bells, unnoted, isRefused } = this.at(key);
      if (bells < least && !isRefused) this.rules.broken(6, `${bells} bells, not ${least}: ${key}`);
      if (bells > most + Math.min(unnoted, again)) this.rules.broken(6, `${bells} bells, not ${most}: ${key}`);
    }
  }
}

/** One that is gone rings only where it leaves its repo frozen. */
function rings({ outcome }: Run, froze: boolean): { least: number; most: number } {
  if (outcome === null || outcome.givenBack || outcome.reason.code === "held_elsewhere") return { least: 0, most: 0 };
  return outcome.type === "gone" ? { least: froze ? 1 : 0, most: froze ? 1 : 0 } : { least: 1, most: 1 };
}

/** Whoever is needed is called: by the loudest bell of a phone, and in the channel itself. */
function isLoudEnough({ system, body }: Asked, { words }: Bell): boolean {
  const calls = words !== ENDINGS.closed && words !== ENDINGS.withdrawn;
  if (system === "ntfy") return ((JSON.parse(body) as { priority?: number }).priority === 5) === calls;
  const fields = new URLSearchParams(body);
  return !calls || fields.get("thread_ts") === null || fields.get("reply_broadcast") === "true";
}

/** Whether it asks Slack what stands there. */
export function isLook(path: string): boolean {
  return /conversations\.(history|replies)$/.test(path);
}

function keyOf(notifier: string, ledger: string, issue: number, words: string): string {
  return `${notifier} of ${ledger}#${issue}, "${words}"`;
}

function isNotifier(system: System): system is NotifierName {
  return system === "slack" || system === "ntfy";
}

/** Null: no bell, or one that tells of no ending. */
function bellOf({ system, body }: Asked): Bell | null {
  if (!isNotifier(system)) return null;
  const lines = system === "slack" ? inSlack(body) : onPhone(body);
  const words = endingIn(lines);
  return words === undefined ? null : { system, title: lines[0] ?? "", words };
}

function endingIn([, ...lines]: string[]): string | undefined {
  return Object.values(ENDINGS).find((one) => lines.some((line) => line.startsWith(one)));
}

/** The run's own message in the channel says the same, and is no bell. */
function inSlack(body: string): string[] {
  const fields = new URLSearchParams(body);
  return fields.get("metadata")?.includes("afk_bell") ? (fields.get("text") ?? "").split("\n") : [];
}

function onPhone(body: string): string[] {
  const { title = "", message = "" } = JSON.parse(body) as { title?: string; message?: string };
  return [title, ...message.split("\n")];
}
