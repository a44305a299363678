/** Where changes land by pull request: what the trunk demands, how many may wait, and how soon people see to them. */

import type { BranchRules, MergeMethod } from "../fakes/forge/pulls.ts";
import type { ForgeName } from "../fakes/forge/stand-in.ts";
import type { Random } from "./random.ts";

export interface PullWeather {
  /** What the trunk demands; null: nothing. */
  rules: BranchRules | null;
  methods: MergeMethod[];
  /** From one look of people at an open pull request to the next. */
  everySecondsMax: number;
  /** How often such a look leads to a deed. */
  deeds: number;
  /** How long they let it lie, in the calm, before they see it to its end. */
  patienceMs: number;
  /** In the calm: how often they ask for changes before they approve. */
  insists: number;
  /** Of merges the loop asks for: how often somebody pushes in that very moment. */
  raced: number;
  /** What was good alone is not good on the trunk. */
  redOnTrunk: number;
}

export function drawPulls(random: Random, forge: ForgeName): PullWeather {
  const rules: BranchRules = {
    pullRequest: true,
    approvals: random.pick([0, 1, 1, 1]),
    dismissStale: random.chance(0.3),
    // Elsewhere a check's name tells its workflow, too.
    ...(random.chance(0.5) && forge === "github" ? { checks: ["test"] } : {}),
    ...(random.chance(0.4) ? { upToDate: true } : {}),
  };
  const isQueued = forge === "github" && random.chance(0.3);
  const queued: BranchRules = { ...rules, checks: ["test"], upToDate: false, queue: true };
  return {
    rules: random.chance(0.3) ? null : isQueued ? queued : rules,
    methods: random.pick<MergeMethod[]>([["merge", "squash", "rebase"], ["squash"], ["merge"], ["rebase", "squash"]]),
    everySecondsMax: random.pick([20, 40]),
    deeds: random.pick([0.1, 0.4, 0.7, 0.95]),
    patienceMs: random.weighted([
      [0, 4],
      [60_000, 3],
      [300_000, 2],
      [1_200_000, 1],
    ]),
    insists: random.weighted([
      [0, 7],
      [1, 2],
      [4, 1],
    ]),
    raced: random.pick([0, 0, 0.3]),
    redOnTrunk: random.pick([0, 0.1, 0.3]),
  };
}

export function pullSettings(random: Random, { rules }: PullWeather): Record<string, string> {
  return {
    AFK_LANDING: rules?.pullRequest ? random.pick(["auto", "pull-request"]) : "pull-request",
    AFK_MERGE: random.pick(["never", "when-green"]),
    AFK_MAX_OPEN_PULLS: String(random.pick([1, 1, 2, 3])),
    AFK_REVIEW_COLLECT_SECONDS: String(random.pick([5, 30, 60])),
    AFK_REVIEW_REMINDER_SECONDS: String(random.pick([120, 900, 86_400])),
  };
}
