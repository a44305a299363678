/**
 * The gates an issue passes before it starts, in their order. Pure.
 *
 *   kill_switch ......... the loop is switched off, or a setting is invalid
 *   paused .............. people hold the repo, or all of them
 *   not_enrolled ........ not on the allowlist, or not the repo (by id) that was there at first contact
 *   repo_config ......... the repo's own .afk.yml cannot be understood; without one, the defaults hold
 *   not_ready ........... closed, gone, or the ready label is off
 *   labeller_untrusted .. who put the label on, or ordered it, has no write access (bots: not on the list)
 *   edited .............. content is not provably the content that was labelled
 *   blocked ............. an open blocker, native or "Blocked by #n" in the body
 *   already_ran ......... this label event was consumed
 *   held_elsewhere ...... in progress, or another issue of the repo is, but not by a run of ours
 *   repo_busy ........... another run is in flight, or its agent still works; one that waits for people is not in the way
 *   pulls_full .......... as many pull requests wait for people as the settings allow
 *   repo_frozen ......... a run broke the trunk; a label put on after the freeze passes, it is the order to repair
 *   trunk_red ........... the trunk's newest commit is red (same exception); pending: not now
 *   limits .............. runs in all, threads an hour and a day
 *   executor ............ no workspace, no model, or too old
 *   quota ............... the forge's rate limit is nearly spent
 */
import { type Config, isEnrolled } from "./config.ts";
import { type FactName, type FreezeFact, type GateCode, type GateFacts, isKnownRepo, type Wish } from "./gates.ts";
import { iso } from "./iso.ts";
import { carries } from "./issue-record.ts";
import { pinProblem, renamedSince } from "./pin.ts";
import { checkList, heldUp, standingWords, tried } from "./red-trunk.ts";
import { RULES_FILE, rulesHeld, rulesInWords } from "./repo-rules.ts";
import { wishedIso } from "./retry.ts";
import { sameName } from "./same-name.ts";
import { mayWrite } from "./trust.ts";
import { type Blocker, type LabelEvent, type RepoName, repoKey } from "./types.ts";

export type Judgement =
  | { state: "pass" | "unknown"; fact: string }
  | { state: "fail"; fact: string; undo?: string }
  | { state: "read"; need: FactName };

export interface Gate {
  code: GateCode;
  /** The same for every issue of the repo: read once a look, before any issue is. */
  repoWide: boolean;
  judge(facts: GateFacts, config: Config): Judgement;
}

const pass = (fact: string): Judgement => ({ state: "pass", fact });
const fail = (fact: string, undo?: string | null): Judgement => ({ state: "fail", fact, ...(undo ? { undo } : {}) });
const unknown = (fact: string): Judgement => ({ state: "unknown", fact });
const need = (fact: FactName): Judgement => ({ state: "read", need: fact });

/** Reads one fact or says what stands in the way. */
function read<K extends FactName>(
  facts: GateFacts,
  name: K,
  judge: (value: Extract<NonNullable<GateFacts[K]>, { known: true }>["value"]) => Judgement,
): Judgement {
  const fact = facts[name];
  if (fact === undefined) return need(name);
  if (!fact.known) return unknown(fact.why);
  return judge(fact.value as Extract<NonNullable<GateFacts[K]>, { known: true }>["value"]);
}

export const GATES: readonly Gate[] = [
  {
    code: "kill_switch",
    repoWide: true,
    judge: ({ killSwitch }) => (killSwitch.on ? fail(killSwitch.why) : pass("the kill switch is off")),
  },
  {
    code: "paused",
    repoWide: true,
    judge: ({ paused }) => (paused === null ? pass("not paused") : fail(paused)),
  },
  {
    code: "not_enrolled",
    repoWide: true,
    judge: (facts, config) => {
      const key = repoKey(facts.repo);
      if (!isEnrolled(config, key)) return fail(`${key} is not on the allowlist`);
      return read(facts, "identity", (identity) => {
        if ("unfit" in identity) return fail(identity.unfit);
        const { now, stored, name, archived } = identity;
        if (!isKnownRepo(identity))
          return fail(`${key} was repo ${stored} at first contact and is repo ${now} now: another repo by its name`);
        if (archived) return fail(`${key} is archived, and nothing can be written there`);
        // A read is led on from an old name, to whoever was given the repo; enrolled is the name alone.
        return name === key ? pass(`enrolled as ${key}`) : fail(`${key} is called ${name} now: enrol it by that name`);
      });
    },
  },
  {
    code: "repo_config",
    repoWide: true,
    judge: (facts, config) =>
      read(facts, "config", (file) => {
        if (file.type === "invalid") return fail(`${RULES_FILE} ${file.problem}`);
        const words = rulesInWords(rulesHeld(file), config);
        return pass(file.type === "none" ? `no ${RULES_FILE}, the defaults hold: ${words}` : `${RULES_FILE}: ${words}`);
      }),
  },
  { code: "not_ready", repoWide: false, judge: (facts, config) => read(facts, "wish", (wish) => ready(wish, config)) },
  {
    code: "labeller_untrusted",
    repoWide: false,
    judge: (facts) =>
      read(facts, "wish", ({ labelEvent }) => {
        if (!labelEvent) return unknown("no label event");
        const remembered = rememberedBy(facts, "labeller_untrusted");
        if (remembered) return remembered;
        const { actor } = labelEvent;
        if (actor.kind === "unknown") return fail(`${actor.login} is neither a person nor a bot we know of`);
        if (actor.kind === "bot")
          return facts.trustedBot
            ? pass(`bot ${actor.login} is on the list`)
            : fail(`bot ${actor.login} is not on the list`);
        return read(facts, "permission", (permission) =>
          mayWrite(permission)
            ? pass(`${actor.login} has ${permission} access`)
            : fail(`${actor.login} has ${permission} access`),
        );
      }),
  },
  {
    code: "edited",
    repoWide: false,
    judge: (facts, config) => read(facts, "wish", (wish) => unedited(wish, facts, config)),
  },
  {
    code: "blocked",
    repoWide: false,
    judge: (facts) =>
      read(facts, "blockers", (blockers) => {
        const open = blockers.filter((blocker) => blocker.state === "open");
        if (open.length === 0) return pass("no open blocker");
        return fail(`blocked by ${open.map((blocker) => blockerName(blocker, facts.repo)).join(", ")}`);
      }),
  },
  {
    code: "already_ran",
    repoWide: false,
    judge: (facts) => {
      const { consumedBy } = facts.ledger;
      if (consumedBy !== null) return fail(`this label event was run ${consumedBy}`);
      return read(facts, "traces", ({ ranAs }) =>
        ranAs === null ? pass("this label event has not run") : fail(`this label event was run ${ranAs}`),
      );
    },
  },
  {
    code: "held_elsewhere",
    repoWide: false,
    judge: (facts, config) =>
      read(facts, "wish", ({ issue }) => {
        const held = carries(issue?.labels ?? [], config.labels.inProgress);
        if (held && !facts.ledger.ownRun)
          return fail(`"${config.labels.inProgress}" is on, but no run of this loop holds the issue`);
        return read(facts, "traces", ({ inProgress: [other] }) =>
          other === undefined
            ? pass("not in progress elsewhere")
            : fail(`"${config.labels.inProgress}" is on #${other}, but no run of this loop holds that issue`),
        );
      }),
  },
  {
    code: "repo_busy",
    repoWide: true,
    judge: ({ ledger }) =>
      ledger.busyWith === null ? pass("no run in flight") : fail(`repo busy with #${ledger.busyWith}`),
  },
  {
    code: "pulls_full",
    repoWide: true,
    judge: ({ ledger }, config) =>
      ledger.openPulls < config.maxOpenPulls
        ? pass(`${ledger.openPulls} of ${config.maxOpenPulls} pull requests are open`)
        : fail(`${ledger.openPulls} of ${config.maxOpenPulls} pull requests wait for people`),
  },
  {
    code: "repo_frozen",
    repoWide: false,
    judge: (facts) => {
      const { freeze } = facts.ledger;
      if (freeze === null) return pass("not frozen");
      return read(facts, "wish", ({ labelEvent }) =>
        isRepairOrder(labelEvent, freeze)
          ? pass("labelled after the freeze: the order to repair")
          : fail(frozenWords(freeze, facts.waiting ?? []), freeze.undo),
      );
    },
  },
  {
    code: "trunk_red",
    repoWide: false,
    judge: (facts) => {
      if (facts.wish?.known && isRepairOrder(facts.wish.value.labelEvent, facts.ledger.freeze))
        return pass("labelled after the freeze: the order to repair");
      return read(facts, "trunk", ({ word, sha, checks, undo }) => {
        if (word === "red")
          return fail(`CI of ${sha.slice(0, 12)} is red${checkList(checks ?? [])}${held(facts.waiting ?? [])}`, undo);
        if (word === "pending" || word === "unknown") return unknown(`CI of ${sha.slice(0, 12)} is ${word}`);
        return pass(`CI of ${sha.slice(0, 12)} is ${word}`);
      });
    },
  },
  {
    code: "limits",
    repoWide: true,
    judge: (facts) =>
      read(facts, "limits", ({ refusal }) => (refusal === null ? pass("within the limits") : fail(refusal))),
  },
  {
    code: "executor",
    repoWide: true,
    judge: (facts) =>
      read(facts, "executor", ({ refusal }) => (refusal === null ? pass("the executor takes threads") : fail(refusal))),
  },
  {
    code: "quota",
    repoWide: true,
    judge: (facts) =>
      read(facts, "quota", ({ pausedUntil }) =>
        pausedUntil === null ? pass("quota is left") : fail(`the forge's quota is spent until ${iso(pausedUntil)}`),
      ),
  },
];

function ready({ issue, labelEvent }: Wish, config: Config): Judgement {
  if (!issue) return fail("the issue is gone");
  if (issue.state === "closed") return fail("the issue is closed");
  if (!carries(issue.labels, config.labels.ready)) return fail(`"${config.labels.ready}" is not on`);
  return labelEvent ? pass(`"${config.labels.ready}" is on`) : unknown("the record does not show who labelled it yet");
}

function rememberedBy({ ledger }: GateFacts, code: GateCode): Judgement | null {
  return ledger.remembered?.code === code ? fail(ledger.remembered.reason) : null;
}

/** The pin: what the agent is told is what was labelled. */
function unedited({ labelEvent, events }: Wish, facts: GateFacts, config: Config): Judgement {
  if (!labelEvent) return unknown("no label event");
  const remembered = rememberedBy(facts, "edited");
  if (remembered) return remembered;
  if (renamedSince(labelEvent, events)) return fail("the title was changed after the label");
  return read(facts, "pin", (pin) => {
    const problem = pinProblem(pin, labelEvent, events, config.labels.ready);
    return problem === null ? pass("unchanged since the label") : fail(problem);
  });
}

function frozenWords(freeze: FreezeFact, waiting: number[]): string {
  const { issue, sha, checks, attempts, standing } = freeze;
  const fixes = attempts === undefined ? "" : `; ${tried(attempts)}`;
  return `frozen since #${issue} left ${sha.slice(0, 12)} ${standingWords(standing)}${checkList(checks ?? [])}${fixes}${held(waiting)}`;
}

function held(waiting: number[]): string {
  return waiting.length === 0 ? "" : `; it holds up ${heldUp(waiting)}`;
}

/** Only a wish the forge dates after the freeze orders the repair; both times are the forge's. */
export function isRepairOrder(labelEvent: LabelEvent | null, freeze: FreezeFact | null): boolean {
  const frozenIso = freeze?.forgeIso ?? null;
  return labelEvent !== null && frozenIso !== null && Date.parse(wishedIso(labelEvent)) > Date.parse(frozenIso);
}

function blockerName(blocker: Blocker, repo: RepoName): string {
  const here = sameName(`${repo.owner}/${repo.name}`, blocker.repo);
  return here ? `#${blocker.number}` : `${blocker.repo}#${blocker.number}`;
}
