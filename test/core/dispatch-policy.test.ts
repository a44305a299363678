import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockersInBody } from "../../lib/core/blocked-by.ts";
import { byUrgency, explain, isFinal, mayStart, REPO_GATES, type Ruling } from "../../lib/core/dispatch-policy.ts";
import { GATES } from "../../lib/core/gate-table.ts";
import type { FactName, GateCode, GateFacts } from "../../lib/core/gates.ts";
import { DEFAULT_RULES, type RepoRules } from "../../lib/core/repo-rules.ts";
import type { Account, Permission } from "../../lib/core/types.ts";
import { cpuMs } from "../cpu-ms.ts";
import { aConfig, aLabelEvent, anEvent, anIssue, aWish, openGates, read, SHA, UNREADABLE } from "./kit.ts";

const CONFIG = aConfig();
const judge = (over: Partial<GateFacts>): Ruling => mayStart(openGates(over), CONFIG);
/** In one word: start, a code, `unknown <gate>` or `read <fact>`. */
const told = (ruling: Ruling): string => {
  switch (ruling.type) {
    case "start":
      return "start";
    case "refused":
      return ruling.refusal.code;
    case "unknown":
      return `unknown ${ruling.gate}`;
    case "read":
      return `read ${ruling.fact}`;
  }
};
const editedAt = (editedIso: string | null) => read({ type: "last_edit" as const, editedIso });
const LEDGER = openGates().ledger;
const FREEZE = { issue: 3, sha: SHA, forgeIso: "2027-01-15T09:00:00Z" };

const ORDER: GateCode[] = [
  "kill_switch",
  "paused",
  "not_enrolled",
  "repo_config",
  "not_ready",
  "labeller_untrusted",
  "edited",
  "blocked",
  "already_ran",
  "held_elsewhere",
  "repo_busy",
  "pulls_full",
  "repo_frozen",
  "trunk_red",
  "limits",
  "executor",
  "quota",
];

/** For each gate: facts under which it, and no earlier one, refuses, and the words of the refusal. */
const FAILING: Record<GateCode, [Partial<GateFacts>, RegExp]> = {
  kill_switch: [{ killSwitch: { on: true, why: "kill switch is on" } }, /kill switch is on/],
  paused: [{ paused: "paused by ada since 2027-01-15T08:00:00.000Z" }, /^paused by ada since 2027/],
  not_enrolled: [
    { identity: read({ now: "43", stored: "42", name: "github:acme/app" }) },
    /was repo 42 at first contact and is repo 43 now/,
  ],
  repo_config: [
    { config: read({ type: "invalid" as const, problem: "3:1 landng is not known" }) },
    /^\.afk\.yml 3:1 landng is not known$/,
  ],
  not_ready: [{ wish: read(aWish({ issue: anIssue({ state: "closed" }) })) }, /closed/],
  labeller_untrusted: [{ permission: read("read" as const) }, /mona has read access/],
  edited: [{ pin: editedAt("2027-01-15T08:00:11Z") }, /edited after the label/],
  blocked: [{ blockers: read([{ repo: "acme/app", number: 3, state: "open" as const }]) }, /blocked by #3/],
  already_ran: [{ ledger: { ...LEDGER, consumedBy: "run-1" } }, /run run-1/],
  held_elsewhere: [
    { wish: read(aWish({ issue: anIssue({ labels: ["ready-for-agent", "agent-in-progress"] }) })) },
    /no run of this loop/,
  ],
  repo_busy: [{ ledger: { ...LEDGER, busyWith: 5 } }, /repo busy with #5/],
  pulls_full: [{ ledger: { ...LEDGER, openPulls: 3 } }, /3 of 3 pull requests wait for people/],
  repo_frozen: [{ ledger: { ...LEDGER, freeze: FREEZE } }, /frozen since #3/],
  trunk_red: [{ trunk: read({ word: "red" as const, sha: SHA }) }, /CI of aaaaaaaaaaaa is red/],
  limits: [{ limits: read({ refusal: "3 of 3 runs are in flight" }) }, /3 of 3 runs/],
  executor: [{ executor: read({ refusal: "no model set" }) }, /no model set/],
  quota: [{ quota: read({ pausedUntil: Date.parse("2027-01-15T10:00:00Z") }) }, /spent until 2027-01-15T10:00:00.000Z/],
};

/** Facts of both refusals at once; where both change the same fact, its parts are laid over each other. */
function both(one: Partial<GateFacts>, other: Partial<GateFacts>): Partial<GateFacts> {
  const merged = { ...one, ...other };
  if (one.ledger && other.ledger)
    merged.ledger = {
      consumedBy: one.ledger.consumedBy ?? other.ledger.consumedBy,
      ownRun: false,
      busyWith: one.ledger.busyWith ?? other.ledger.busyWith,
      openPulls: Math.max(one.ledger.openPulls, other.ledger.openPulls),
      freeze: one.ledger.freeze ?? other.ledger.freeze,
      remembered: null,
    };
  if (one.wish?.known && other.wish?.known) {
    const [a, b] = [one.wish.value.issue, other.wish.value.issue];
    const state = a?.state === "closed" || b?.state === "closed" ? ("closed" as const) : ("open" as const);
    merged.wish = read(aWish({ issue: anIssue({ state, labels: ["ready-for-agent", "agent-in-progress"] }) }));
  }
  return merged;
}

describe("the gates", () => {
  test("stand in the order of the table, and all open means start", () => {
    expect(GATES.map((gate) => gate.code)).toEqual(ORDER);
    expect(judge({})).toEqual({ type: "start" });
  });

  test.each(ORDER)("%s refuses, with its reason", (code) => {
    const [facts, reason] = FAILING[code];
    const ruling = judge(facts);
    expect(told(ruling)).toBe(code);
    expect(ruling.type === "refused" && ruling.refusal.reason).toMatch(reason);
  });

  const pairs = ORDER.flatMap((first, at) =>
    ORDER.slice(at + 1).map((second): [GateCode, GateCode] => [first, second]),
  );
  test.each(pairs)("%s wins over %s", (first, second) => {
    expect(told(judge(both(FAILING[first][0], FAILING[second][0])))).toBe(first);
    expect(told(judge(both(FAILING[second][0], FAILING[first][0])))).toBe(first);
  });

  test("of any set of refusals the earliest is told", () => {
    fc.assert(
      fc.property(fc.subarray(ORDER, { minLength: 1 }), (codes) => {
        const facts = codes.reduce((merged: Partial<GateFacts>, code) => both(merged, FAILING[code][0]), {});
        expect(told(judge(facts))).toBe(codes[0]);
      }),
    );
  });

  const facts: [FactName, GateCode][] = [
    ["identity", "not_enrolled"],
    ["config", "repo_config"],
    ["wish", "not_ready"],
    ["permission", "labeller_untrusted"],
    ["pin", "edited"],
    ["blockers", "blocked"],
    ["traces", "already_ran"],
    ["trunk", "trunk_red"],
    ["limits", "limits"],
    ["executor", "executor"],
    ["quota", "quota"],
  ];
  test.each(facts)("%s: unread is asked for, unreadable is unknown at %s, and neither is a yes", (fact, gate) => {
    expect(judge({ [fact]: undefined })).toEqual({ type: "read", fact });
    expect(judge({ [fact]: UNREADABLE })).toEqual({ type: "unknown", gate, why: UNREADABLE.why });
  });

  test.each(facts)("a refusal before %s is told although %s cannot be read", (fact, gate) => {
    for (const earlier of ORDER.slice(0, ORDER.indexOf(gate))) {
      if (earlier === "not_enrolled" && fact === "identity") continue;
      const broken = FAILING[earlier][0];
      if (fact in broken) continue;
      expect(told(judge({ ...broken, [fact]: UNREADABLE }))).toBe(earlier);
      expect(told(judge({ ...broken, [fact]: undefined }))).toBe(earlier);
    }
  });

  test("with nothing read yet, facts are asked for one by one in the order of the gates", () => {
    const { killSwitch, paused, repo, trustedBot, ledger, ...all } = openGates();
    let held: GateFacts = { killSwitch, paused, repo, trustedBot, ledger };
    const asked: string[] = [];
    for (;;) {
      const ruling = mayStart(held, CONFIG);
      if (ruling.type !== "read") break;
      asked.push(ruling.fact);
      held = { ...held, [ruling.fact]: all[ruling.fact] };
    }
    expect(asked).toEqual(facts.map(([fact]) => fact));
    expect(mayStart(held, CONFIG)).toEqual({ type: "start" });
  });

  test("judging leaves the facts as they were", () => {
    const given = openGates();
    const before = structuredClone(given);
    mayStart(given, CONFIG);
    explain(given, CONFIG);
    expect(given).toEqual(before);
  });
});

describe("gates of the whole repo", () => {
  test("are those that no issue changes", () => {
    const codes = REPO_GATES.map((gate) => gate.code);
    expect(codes).toEqual([
      "kill_switch",
      "paused",
      "not_enrolled",
      "repo_config",
      "repo_busy",
      "pulls_full",
      "limits",
      "executor",
      "quota",
    ]);
  });

  test("never ask for a fact of an issue", () => {
    const perIssue: FactName[] = ["wish", "permission", "pin", "blockers", "traces"];
    const unreadIssue = Object.fromEntries(perIssue.map((fact) => [fact, undefined]));
    expect(mayStart(openGates(unreadIssue), CONFIG, REPO_GATES)).toEqual({ type: "start" });
    for (const gate of REPO_GATES)
      expect(told(mayStart(openGates({ ...unreadIssue, ...FAILING[gate.code][0] }), CONFIG, REPO_GATES))).toBe(
        gate.code,
      );
  });
});

describe("what a repo says of itself", () => {
  const words = (rules: Partial<RepoRules> | null) => {
    const config = read(
      rules === null ? { type: "none" as const } : { type: "rules" as const, rules: { ...DEFAULT_RULES, ...rules } },
    );
    return explain(openGates({ config }), CONFIG).find((report) => report.gate === "repo_config");
  };
  test.each<[Partial<RepoRules> | null, string]>([
    [null, "no .afk.yml, the defaults hold: landing auto, evidence optional, deploy none"],
    [{}, ".afk.yml: landing auto, evidence optional, deploy none"],
    [
      { landing: "pull-request", evidence: "required", ci: "none", deploy: { type: "check", name: "argo" } },
      ".afk.yml: landing pull-request, evidence required, deploy check, no CI",
    ],
    [
      { limits: { fixAttempts: 1, budgetUsd: 2, runMs: CONFIG.limits.runMs } },
      ".afk.yml: landing auto, evidence optional, deploy none, tighter fix_attempts, budget_usd",
    ],
    [
      { limits: { fixAttempts: 99, stallMs: CONFIG.limits.stallMs + 1 } },
      ".afk.yml: landing auto, evidence optional, deploy none; not heeded, since the deployment is stricter: fix_attempts, stall_seconds",
    ],
  ])("%j passes, and says what of it holds", (rules, fact) => {
    expect(words(rules)).toEqual({ gate: "repo_config", state: "pass", fact });
  });

  test("a push is not heeded where the deployment lands by pull request", () => {
    const config = read({ type: "rules" as const, rules: { ...DEFAULT_RULES, landing: "push" as const } });
    const reports = explain(openGates({ config }), { ...CONFIG, landing: "pull-request" });
    const report = reports.find(({ gate }) => gate === "repo_config");
    expect(report?.fact).toMatch(/landing pull-request.*not heeded, since the deployment is stricter: landing$/);
  });
});

describe("enrolment", () => {
  test("a repo that is not on the list is refused before anything is read", () => {
    const repo = { forge: "github" as const, owner: "acme", name: "other" };
    expect(told(judge({ repo, identity: undefined }))).toBe("not_enrolled");
    expect(told(judge({ repo: { ...repo, forge: "forgejo", name: "app" } }))).toBe("not_enrolled");
  });

  test("names compare lower-cased", () => {
    expect(told(judge({ repo: { forge: "github", owner: "ACME", name: "App" } }))).toBe("start");
  });

  test("at first contact any id is taken", () => {
    expect(told(judge({ identity: read({ now: "42", stored: null, name: "github:acme/app" }) }))).toBe("start");
  });

  test("an archived repo takes nothing", () => {
    const identity = read({ now: "42", stored: "42", name: "github:acme/app", archived: true as const });
    expect(judge({ identity })).toMatchObject({
      refusal: { code: "not_enrolled", reason: "github:acme/app is archived, and nothing can be written there" },
    });
  });

  test.each(["42", null])(
    "a repo that bears another name by now is not the one that was enrolled (id %j)",
    (stored) => {
      const ruling = judge({ identity: read({ now: "42", stored, name: "github:others/app" }) });
      expect(ruling).toMatchObject({
        refusal: {
          code: "not_enrolled",
          reason: "github:acme/app is called github:others/app now: enrol it by that name",
        },
      });
    },
  );
});

describe("readiness", () => {
  const issue = (over: Parameters<typeof anIssue>[0]) => read(aWish({ issue: anIssue(over) }));
  test("a deleted issue, a closed one and one without the label are not ready", () => {
    expect(told(judge({ wish: read(aWish({ issue: null })) }))).toBe("not_ready");
    expect(told(judge({ wish: issue({ state: "closed" }) }))).toBe("not_ready");
    expect(told(judge({ wish: issue({ labels: ["bug"] }) }))).toBe("not_ready");
    expect(told(judge({ wish: issue({ labels: [] }) }))).toBe("not_ready");
  });

  test("a label's case does not matter", () => {
    expect(told(judge({ wish: issue({ labels: ["Ready-For-Agent"] }) }))).toBe("start");
  });

  test("a label nobody is on record for is unknown, not a yes", () => {
    expect(told(judge({ wish: read(aWish({ labelEvent: null })) }))).toBe("unknown not_ready");
  });
});

describe("trust", () => {
  const by = (kind: Account["kind"]) =>
    read(aWish({ labelEvent: aLabelEvent({ actor: { id: "100", login: "mona", kind } }) }));
  const permissions: [Permission, string][] = [
    ["admin", "start"],
    ["write", "start"],
    ["read", "labeller_untrusted"],
    ["none", "labeller_untrusted"],
  ];
  test.each(permissions)("a person with %s access: %s", (permission, expected) => {
    expect(told(judge({ permission: read(permission) }))).toBe(expected);
    expect(told(judge({ permission: read(permission), trustedBot: true }))).toBe(expected);
  });

  test.each(permissions)("a bot with %s access passes only by the list", (permission) => {
    expect(told(judge({ wish: by("bot"), permission: read(permission), trustedBot: true }))).toBe("start");
    expect(told(judge({ wish: by("bot"), permission: read(permission), trustedBot: false }))).toBe(
      "labeller_untrusted",
    );
    expect(told(judge({ wish: by("bot"), permission: read(permission), trustedBot: undefined }))).toBe(
      "labeller_untrusted",
    );
  });

  test("a bot's permission is not even asked", () => {
    expect(told(judge({ wish: by("bot"), permission: undefined, trustedBot: true }))).toBe("start");
  });

  test.each(["read", "none"] as const)("an account of unknown kind with %s access is refused", (permission) => {
    expect(told(judge({ wish: by("unknown"), permission: read(permission), trustedBot: true }))).toBe(
      "labeller_untrusted",
    );
  });

  test("a permission that cannot be read is not a yes", () => {
    expect(told(judge({ permission: UNREADABLE }))).toBe("unknown labeller_untrusted");
  });
});

describe("the pin", () => {
  // The label of the kit was put on at 08:00:10.
  test.each([
    [null, "start"],
    ["2027-01-15T08:00:09Z", "start"],
    ["2027-01-15T08:00:09.999Z", "start"],
    ["2027-01-15T10:00:09+02:00", "start"],
    ["2027-01-15T08:00:10Z", "edited"],
    ["2027-01-15T08:00:10.900Z", "edited"],
    ["2027-01-15T08:00:11Z", "edited"],
    ["2028-01-01T00:00:00Z", "edited"],
    ["not a date", "edited"],
    ["", "edited"],
  ])("last edited at %j: %s", (editedIso, expected) => {
    expect(told(judge({ pin: editedAt(editedIso) }))).toBe(expected);
  });

  test("a label with a fraction of a second is held to its whole second", () => {
    const wish = read(aWish({ labelEvent: aLabelEvent({ atIso: "2027-01-15T08:00:10.800Z" }) }));
    expect(told(judge({ wish, pin: editedAt("2027-01-15T08:00:10.100Z") }))).toBe("edited");
    expect(told(judge({ wish, pin: editedAt("2027-01-15T08:00:09.900Z") }))).toBe("start");
  });

  test("a label whose time is no time proves nothing", () => {
    const wish = read(aWish({ labelEvent: aLabelEvent({ atIso: "later" }) }));
    expect(told(judge({ wish, pin: editedAt("2027-01-15T08:00:09Z") }))).toBe("edited");
  });

  const renamed = anEvent({ id: "6000", type: "renamed", label: null });
  test("a title changed after the label is an edit, one changed before is not", () => {
    expect(told(judge({ wish: read(aWish({ events: [renamed, anEvent()] })) }))).toBe("start");
    expect(told(judge({ wish: read(aWish({ events: [anEvent(), renamed] })) }))).toBe("edited");
    const between = [anEvent({ id: "1" }), renamed, anEvent({ id: "5001" })];
    expect(told(judge({ wish: read(aWish({ events: between })) }))).toBe("start");
  });

  test("a change of title is refused before the text's edit is even read", () => {
    expect(told(judge({ wish: read(aWish({ events: [anEvent(), renamed] })), pin: undefined }))).toBe("edited");
  });

  test("where the label is not in the record, any change of title counts", () => {
    expect(told(judge({ wish: read(aWish({ events: [renamed] })) }))).toBe("edited");
  });
});

describe("what refused a label event for good", () => {
  const remembered = (code: GateCode) => ({ ledger: { ...LEDGER, remembered: { code, reason: "as read before" } } });

  test("is the author and the text of the labelling, nothing else", () => {
    expect(ORDER.filter(isFinal)).toEqual(["labeller_untrusted", "edited"]);
  });

  test.each([
    ["labeller_untrusted", "permission"],
    ["edited", "pin"],
  ] as const)("%s is told again without reading %s", (code, fact) => {
    expect(judge({ ...remembered(code), [fact]: undefined })).toEqual({
      type: "refused",
      refusal: { code, reason: "as read before" },
    });
  });

  test("nothing else is taken from memory", () => {
    for (const code of ORDER) if (!isFinal(code)) expect(told(judge(remembered(code)))).toBe("start");
  });

  test("it does not hide an earlier gate", () => {
    expect(told(judge({ ...remembered("edited"), permission: read("none" as const) }))).toBe("labeller_untrusted");
    expect(told(judge({ ...remembered("edited"), killSwitch: { on: true, why: "off" } }))).toBe("kill_switch");
  });
});

describe("blockers", () => {
  test("closed ones do not count, open ones are named, those of another repo in full", () => {
    const blocker = (number: number, state: "open" | "closed", repo = "acme/app") => ({ repo, number, state });
    expect(told(judge({ blockers: read([blocker(3, "closed"), blocker(4, "closed")]) }))).toBe("start");
    const ruling = judge({
      blockers: read([
        blocker(3, "closed"),
        blocker(4, "open"),
        blocker(5, "open", "acme/lib"),
        blocker(6, "open", "Acme/App"),
      ]),
    });
    expect(ruling).toEqual({
      type: "refused",
      refusal: { code: "blocked", reason: "blocked by #4, acme/lib#5, #6" },
    });
  });
});

describe("held elsewhere", () => {
  const wish = read(aWish({ issue: anIssue({ labels: ["ready-for-agent", "Agent-In-Progress"] }) }));
  test("the in-progress label without a run of ours is another's; with one it is ours", () => {
    expect(told(judge({ wish }))).toBe("held_elsewhere");
    expect(told(judge({ wish, ledger: { ...LEDGER, ownRun: true } }))).toBe("start");
  });

  test("another issue of the repo in progress, and not by a run of ours, is in the way, even of a first turn", () => {
    const traces = read({ ranAs: null, inProgress: [5, 9] });
    for (const ownRun of [false, true]) {
      const ruling = judge({ traces, ledger: { ...LEDGER, ownRun } });
      expect(ruling.type === "refused" && ruling.refusal).toEqual({
        code: "held_elsewhere",
        reason: '"agent-in-progress" is on #5, but no run of this loop holds that issue',
      });
    }
  });

  test("a run that our comment names and the ledger does not know has used the label event up", () => {
    expect(told(judge({ traces: read({ ranAs: "run-1", inProgress: [5] }) }))).toBe("already_ran");
  });
});

describe("a frozen repo and a red trunk", () => {
  const labelled = (atIso: string) => read(aWish({ labelEvent: aLabelEvent({ atIso }), events: [anEvent({ atIso })] }));
  const frozen = { ledger: { ...LEDGER, freeze: FREEZE } };
  const red = { trunk: read({ word: "red" as const, sha: SHA }) };

  test.each([
    ["2027-01-15T08:59:59Z", "repo_frozen"],
    ["2027-01-15T09:00:00Z", "repo_frozen"],
    ["2027-01-15T09:00:01Z", "start"],
  ])("labelled at %s, frozen at 09:00:00: %s", (atIso, expected) => {
    expect(told(judge({ ...frozen, ...red, wish: labelled(atIso) }))).toBe(expected);
  });

  test.each([
    ["2027-01-15T09:00:00Z", "repo_frozen"],
    ["2027-01-15T09:00:01Z", "start"],
  ])("ordered at %s, whenever we labelled it: %s", (orderedIso, expected) => {
    const ordered = { comment: "3", atIso: orderedIso, text: null };
    const labelEvent = aLabelEvent({ atIso: "2027-01-15T09:00:30Z", ordered });
    const wish = read(aWish({ labelEvent, events: [anEvent({ atIso: labelEvent.atIso })] }));
    expect(told(judge({ ...frozen, ...red, wish }))).toBe(expected);
  });

  test("the order to repair passes a trunk that is red, pending or unread", () => {
    const wish = labelled("2027-01-15T09:00:01Z");
    expect(told(judge({ ...frozen, wish, trunk: undefined }))).toBe("start");
    expect(told(judge({ ...frozen, wish, trunk: UNREADABLE }))).toBe("start");
    expect(told(judge({ ...frozen, wish, trunk: read({ word: "pending", sha: SHA }) }))).toBe("start");
  });

  test("the order to repair passes no other gate", () => {
    const wish = labelled("2027-01-15T09:00:01Z");
    for (const code of ORDER) {
      const [facts] = FAILING[code];
      if (code === "repo_frozen" || code === "trunk_red" || facts.wish) continue;
      const ledger = { ...LEDGER, ...facts.ledger, freeze: FREEZE };
      const later = code === "edited" ? { pin: editedAt("2027-01-15T09:00:02Z") } : {};
      expect(told(judge({ wish, ...facts, ...later, ledger }))).toBe(code);
    }
  });

  test("a freeze without a time of the forge is lifted by a repaired trunk alone", () => {
    const freeze = { ...FREEZE, forgeIso: null };
    const wish = labelled("2030-01-01T00:00:00Z");
    expect(told(judge({ wish, ledger: { ...LEDGER, freeze } }))).toBe("repo_frozen");
  });

  test("a freeze or a label whose time is no time orders nothing", () => {
    expect(told(judge({ ...frozen, wish: labelled("soon") }))).not.toBe("start");
    const freeze = { ...FREEZE, forgeIso: "then" };
    expect(told(judge({ wish: labelled("2030-01-01T00:00:00Z"), ledger: { ...LEDGER, freeze } }))).toBe("repo_frozen");
  });

  test.each([
    ["green", "start"],
    ["none", "start"],
    ["infra", "start"],
    ["human", "start"],
    ["red", "trunk_red"],
    ["pending", "unknown trunk_red"],
    ["unknown", "unknown trunk_red"],
  ] as const)("a trunk that is %s: %s", (word, expected) => {
    expect(told(judge({ trunk: read({ word, sha: SHA }) }))).toBe(expected);
  });

  test("a red trunk that nobody froze is repaired by no label", () => {
    expect(told(judge({ ...red, wish: labelled("2030-01-01T00:00:00Z") }))).toBe("trunk_red");
  });
});

describe("explain", () => {
  test("gives one report a gate, in order, all passed", () => {
    const reports = explain(openGates(), CONFIG);
    expect(reports.map((report) => report.gate)).toEqual(ORDER);
    expect(reports.every((report) => report.state === "pass" && report.fact !== "")).toBe(true);
  });

  test.each(ORDER)("stops at %s: pass before, fail there, not reached after", (code) => {
    const reports = explain(openGates(FAILING[code][0]), CONFIG);
    const at = ORDER.indexOf(code);
    expect(reports).toHaveLength(ORDER.length);
    expect(reports.map((report) => report.state)).toEqual(
      ORDER.map((_, index) => (index < at ? "pass" : index === at ? "fail" : "not_reached")),
    );
    expect(reports[at]?.fact).toMatch(FAILING[code][1]);
    expect(reports.slice(at + 1).every((report) => report.fact === "")).toBe(true);
  });

  test("an unreadable fact is unknown, an unread one not reached, and nothing is reached behind either", () => {
    const states = (over: Partial<GateFacts>) => explain(openGates(over), CONFIG).map((report) => report.state);
    const rest = (length: number) => Array.from({ length }, () => "not_reached");
    expect(states({ blockers: UNREADABLE })).toEqual([
      ...ORDER.slice(0, 7).map(() => "pass"),
      "unknown",
      ...rest(GATES.length - 8),
    ]);
    expect(states({ blockers: undefined })).toEqual([
      ...ORDER.slice(0, 7).map(() => "pass"),
      ...rest(GATES.length - 7),
    ]);
  });

  test("tells the same as mayStart", () => {
    fc.assert(
      fc.property(fc.subarray(ORDER), (codes) => {
        const facts = openGates(codes.reduce((merged: Partial<GateFacts>, code) => both(merged, FAILING[code][0]), {}));
        const failed = explain(facts, CONFIG).find((report) => report.state === "fail");
        expect(failed?.gate ?? "start").toBe(told(mayStart(facts, CONFIG)));
      }),
    );
  });
});

describe("urgency", () => {
  const issue = (number: number, ...labels: string[]) => ({ number, labels });
  test("lowest priority first, none last, then the lowest number", () => {
    const queue = [
      issue(1),
      issue(9, "priority:2"),
      issue(8, "priority:0"),
      issue(7, "bug", "Priority:2"),
      issue(6, "priority:10"),
      issue(5, "priority:high"),
      issue(4, "priority:-1"),
      issue(3, "priority:5", "priority:1"),
      issue(2, "my priority:0"),
    ];
    expect([...queue].sort(byUrgency).map((one) => one.number)).toEqual([8, 3, 7, 9, 6, 1, 2, 4, 5]);
  });

  test("is a total order", () => {
    const one = fc.record({
      number: fc.integer({ min: 1, max: 20 }),
      labels: fc.array(fc.constantFrom("priority:1", "priority:2", "priority:x", "bug"), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(one, one, one, (a, b, c) => {
        expect(Math.sign(byUrgency(a, b)) + Math.sign(byUrgency(b, a))).toBe(0);
        if (byUrgency(a, b) <= 0 && byUrgency(b, c) <= 0) expect(byUrgency(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe("blockers in a body", () => {
  const here = (...numbers: number[]) => numbers.map((number) => ({ repo: null, number }));
  test.each([
    ["Blocked by #3", here(3)],
    ["blocked by #3.", here(3)],
    ["BLOCKED BY #3", here(3)],
    ["Blocked by: #3", here(3)],
    ["**Blocked by** #3", here(3)],
    ["**Blocked by:** #3", here(3)],
    ["- [ ] Blocked by #3", here(3)],
    ["This is blocked by #3 for now", here(3)],
    ["(blocked by #3)", here(3)],
    ["Blocked by #3, #4", here(3, 4)],
    ["Blocked by #3 and #4", here(3, 4)],
    ["Blocked by #3 & #4", here(3, 4)],
    ["Blocked by #3,#4 and #5", here(3, 4, 5)],
    ["Blocked by #3 #4", here(3, 4)],
    ["Blocked by\t#3", here(3)],
    ["Blocked by #3\nBlocked by #4", here(3, 4)],
    ["Blocked by #3\r\n\r\nText\r\n\r\nBlocked by #4", here(3, 4)],
    ["Blocked by acme/lib#5", [{ repo: "acme/lib", number: 5 }]],
    [
      "Blocked by #3 and acme/lib.js#5",
      [
        { repo: null, number: 3 },
        { repo: "acme/lib.js", number: 5 },
      ],
    ],
    ["Blocked by #3. See #9.", here(3)],
    ["Blocked by #3 because of #9", here(3)],
    ["See #9. Blocked by #3", here(3)],
  ])("%j", (body, expected) => {
    expect(blockersInBody(body)).toEqual(expected);
  });

  test.each([
    "",
    "See #3",
    "Blocked by nothing",
    "Blocked by 3",
    "unblocked by #3",
    "Blocks #3",
    "Blocked #3",
    "Blocked bystander #3",
    "#3 is blocked by",
  ])("%j names none", (body) => {
    expect(blockersInBody(body)).toEqual([]);
  });

  test("at most twenty are taken", () => {
    const body = Array.from({ length: 60 }, (_, at) => `Blocked by #${at + 1}`).join("\n");
    expect(blockersInBody(body)).toHaveLength(20);
    const line = `Blocked by ${Array.from({ length: 60 }, (_, at) => `#${at + 1}`).join(", ")}`;
    expect(blockersInBody(line)).toHaveLength(20);
  });

  test("whatever is written, references are whole numbers and the rest is a repo's name", () => {
    const words = fc.constantFrom(
      "blocked by ",
      "#1",
      "#22",
      ", ",
      " and ",
      "acme/app",
      "/",
      "\n",
      ":",
      "**",
      "é",
      "#",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
        for (const { repo, number } of blockersInBody(parts.join(""))) {
          expect(Number.isSafeInteger(number)).toBe(true);
          expect(repo === null || /^[\w.-]+\/[\w.-]+$/.test(repo)).toBe(true);
        }
      }),
    );
  });

  test.each([
    ["the phrase over and over", "blocked by ".repeat(20_000)],
    ["one phrase without an end", `blocked by ${"#1 ".repeat(60_000)}`],
    ["wide gaps", `blocked by ${`#1${" ".repeat(18)}`.repeat(10_000)}x`],
    ["many phrases with wide gaps", `blocked by #1${" ".repeat(17)}and${" ".repeat(9)}`.repeat(4000)],
    ["a word without an end", `blocked by ${"a".repeat(200_000)}`],
    ["slashes without an end", `blocked by ${"a/".repeat(100_000)}`],
    ["names that are never a reference", `blocked by ${"a.b-c_d/e.f ".repeat(20_000)}`],
    ["stars", `blocked by${"*".repeat(200_000)}`],
    ["digits", `blocked by #${"9".repeat(200_000)}`],
  ])("hostile text is read quickly: %s", (_, body) => {
    expect(cpuMs(() => blockersInBody(body))).toBeLessThan(1000);
  });
});
