/**
 * Rule 6, of the bells: each ending that concerns a person has rung once at each notifier, counted by what Slack and ntfy
 * hold. Once more only for an answer that was lost, or for a ledger that died before it could note what it had heard. A
 * part of `Rules`.
 */
import type { Run } from "../../lib/core/run.ts";
import { runsOf } from "./ledger-records.ts";
import { type Mishap, takesEffect } from "./network.ts";
import type { Incarnation } from "./platform.ts";
import type { Rules } from "./rules.ts";
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
  body: string;
  by: string | null;
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
  private readonly world: World;
  private readonly rules: Rules;
  /** By notifier, issue and ending: two runs of one issue may end alike. */
  private readonly heard = new Map<string, Heard>();
  private readonly held: Record<NotifierName, number> = { slack: 0, ntfy: 0 };

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  mishap({ mishap, ...asked }: Asked & { mishap: Mishap }): void {
    const heard = this.of(asked);
    if (heard === null) return;
    if (takesEffect(mishap)) heard.unnoted++;
    if (mishap === "4xx" || mishap === "404") heard.isRefused = true;
  }

  served(asked: Asked): void {
    const { system, by } = asked;
    if (!isNotifier(system)) return;
    const before = this.held[system];
    this.held[system] = this.holds(system);
    const heard = this.of(asked);
    if (heard === null || this.held[system] === before) return;
    heard.bells++;
    if (heard.ringer?.dead) heard.unnoted++;
    heard.ringer = this.world.ledgers.living(by ?? "");
  }

  /** A bell that replaces an earlier one rings too. */
  private holds(notifier: NotifierName): number {
    if (notifier === "slack") return this.world.slack.messages.length;
    return this.world.ntfy.messages.reduce((rung, one) => rung + 1 + one.updates, 0);
  }

  private of({ system, body, by }: Asked): Heard | null {
    if (by === null || !isNotifier(system)) return null;
    const [title, ...lines] = system === "slack" ? inSlack(body) : onPhone(body);
    const [, number] = /^\S+?#(\d+) /.exec(title ?? "") ?? [];
    const words = Object.values(ENDINGS).find((one) => lines.some((line) => line.startsWith(one)));
    return number === undefined || words === undefined ? null : this.at(keyOf(system, by, Number(number), words));
  }

  private at(key: string): Heard {
    const heard = this.heard.get(key) ?? { bells: 0, ringer: null, unnoted: 0, isRefused: false };
    this.heard.set(key, heard);
    return heard;
  }

  /** Asked when the calm is over. */
  check(): void {
    const due = new Map<string, { least: number; most: number }>();
    for (const [by, disk] of this.world.ledgerDisks())
      for (const run of runsOf(disk)) {
        if (run.outcome === null || run.settledAt === null) continue;
        const { least, most } = rings(run);
        for (const notifier of NOTIFIERS) {
          const key = keyOf(notifier, by, run.issue.number, ENDINGS[run.outcome.type]);
          const others = due.get(key) ?? { least: 0, most: 0 };
          due.set(key, { least: others.least + least, most: others.most + most });
        }
      }
    for (const [key, { least, most }] of due) {
      const { bells, unnoted, isRefused } = this.at(key);
      if (bells < least && !isRefused) this.rules.broken(6, `${bells} bells, not ${least}: ${key}`);
      if (bells > most + unnoted) this.rules.broken(6, `${bells} bells, not ${most}: ${key}`);
    }
  }
}

/** One that is gone rings only where it leaves its repo frozen. */
function rings({ outcome }: Run): { least: number; most: number } {
  if (outcome === null || outcome.givenBack || outcome.reason.code === "held_elsewhere") return { least: 0, most: 0 };
  return outcome.type === "gone" ? { least: 0, most: 1 } : { least: 1, most: 1 };
}

function keyOf(notifier: string, ledger: string, issue: number, words: string): string {
  return `${notifier} of ${ledger}#${issue}, "${words}"`;
}

function isNotifier(system: System): system is NotifierName {
  return system === "slack" || system === "ntfy";
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
