import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checklistLines, doubtWords } from "../../lib/core/checklist-words.ts";
import type { GateCode, Refusal } from "../../lib/core/gates.ts";
import { headline } from "../../lib/core/headline.ts";
import { handOverMarker, markedRuns, markerPrefix } from "../../lib/core/markers.ts";
import { type CommentState, comment, handOver, isSaidOnIssue, noLongerWaiting } from "../../lib/core/messages.ts";
import type { Doubt } from "../../lib/core/phase-checklist.ts";
import { outcomeLine, reasonText } from "../../lib/core/reasons.ts";
import { DEFAULT_RULES } from "../../lib/core/repo-rules.ts";
import { OUTCOMES, type Reason, type Run } from "../../lib/core/run.ts";
import { endNotice, runNotice, troubleNotice } from "../../lib/core/run-notices.ts";
import { aLabelEvent, anAct, anOutcome, aRun, aTurn, LIMITS, REASONS, RUN_ID, SHA, T0 } from "./kit.ts";

function aState(over: Partial<CommentState> = {}): CommentState {
  return {
    repoId: "42",
    number: 7,
    runs: [aRun()],
    refusal: null,
    deaf: [],
    notifiers: 1,
    threadUrl: () => null,
    ...over,
  };
}
const OTHER_ID = "fedcba9876543210";
const EVIL = "--> <!-- afk:42#7 runs=aaaaaaaaaaaaaaaa/1 --> @mona #1 `x` [y](z)\n# title";

describe("every ending has its sentence", () => {
  const reasons: Reason[] = [
    ...Object.values(REASONS),
    { code: "nothing_pushed", detail: "model refused" },
    { code: "no_ci", missing: ["e2e"] },
    { code: "infra", checks: [] },
    { code: "infra", checks: ["a", "b", "c", "d", "e", "f", "g"] },
    ...(["closed", "unlabelled", "gone", "reopened", "stopped"] as const).map((how) => ({
      code: "withdrawn_by_person" as const,
      how,
    })),
    ...(["attempts", "time", "kill_switch", "paused", "thread_gone", "person", "unanswered"] as const).map((why) => ({
      code: "red" as const,
      checks: ["build"],
      why,
    })),
  ];
  test.each(reasons.map((reason): [string, Reason] => [JSON.stringify(reason), reason]))("%s", (_, reason) => {
    const sentence = reasonText(reason);
    expect(sentence).toMatch(/^[a-zC].*\.$/);
    expect(sentence).not.toMatch(/undefined|null|\[object|\.\.$/);
  });

  test("no two reasons read the same, save the two ways an issue goes", () => {
    const texts = reasons.map(reasonText).filter((text) => text !== "the issue was deleted or moved.");
    const counted = texts.filter((text, at) => texts.indexOf(text) !== at);
    // Each is listed twice above: among all codes, and among its variants.
    expect(counted.sort()).toEqual([reasonText(REASONS.withdrawn_by_person), reasonText(REASONS.red)].sort());
  });

  test.each(OUTCOMES)("%s, with any reason", (type) => {
    for (const reason of reasons) expect(outcomeLine(anOutcome({ type, reason }))).toMatch(/^[A-Z].*[^.]\.$/);
  });

  test("of many checks five are named and the rest counted", () => {
    const checks = ["a", "b", "c", "d", "e", "f", "g"];
    expect(reasonText({ code: "infra", checks })).toBe("CI failed for reasons of its own (a, b, c, d, e, and 2 more).");
    expect(reasonText({ code: "infra", checks: checks.slice(0, 5) })).toBe(
      "CI failed for reasons of its own (a, b, c, d, e).",
    );
  });

  test("strangers' words in a reason are defused", () => {
    const wild: Reason[] = [
      { code: "nothing_pushed", detail: EVIL },
      { code: "label_refused", detail: EVIL },
      { code: "turn_refused", detail: EVIL },
      { code: "close_refused", detail: EVIL },
      { code: "refused_at_start", detail: EVIL },
      { code: "infra", checks: [EVIL] },
      { code: "red", checks: [EVIL], why: "attempts" },
      { code: "ci_waits_for_approval", checks: [EVIL] },
      { code: "no_ci", missing: [EVIL] },
    ];
    for (const reason of wild) {
      const text = reasonText(reason);
      expect(text).not.toMatch(/-->|<!--|@\w|\n|[`[\]]/);
      expect(text).not.toMatch(/(?<!&)#\d/);
    }
  });
});

describe("where a run stands, in one line", () => {
  test.each([
    ["Claimed; an agent is about to start.", aRun({ turns: [aTurn()] })],
    ["Claimed; an agent is about to start.", aRun({ turns: [aTurn({ sentAt: T0, acceptedAt: T0 })] })],
    ["An agent is at work.", aRun()],
    ["Landed; CI has not reported yet.", aRun({ commits: [SHA] })],
    ["Landed; CI is running.", aRun({ commits: [SHA], seen: { ...aRun().seen, verdict: "pending" } })],
    ["Landed; CI is red.", aRun({ commits: [SHA], seen: { ...aRun().seen, verdict: "red" } })],
    ["Done: landed and green.", aRun({ commits: [SHA], outcome: anOutcome() })],
    [
      "Withdrawn: a person removed the label.",
      aRun({ outcome: anOutcome({ type: "withdrawn", reason: REASONS.withdrawn_by_person }) }),
    ],
    ["The issue is gone.", aRun({ outcome: anOutcome({ type: "gone", reason: REASONS.issue_gone }) })],
  ])("%s", (line, run) => {
    expect(headline(run)).toBe(line);
  });

  test("a freeze says that it holds the whole repo", () => {
    expect(outcomeLine(anOutcome({ type: "frozen", reason: REASONS.red }))).toMatch(/nothing else starts in this repo/);
  });

  test("the checklist ticks what is verified or claimed, and says which", () => {
    const run = aRun({ commits: [SHA], claimed: { worktree: { commit: SHA, at: T0 } } });
    const lines = checklistLines(run);
    expect(lines).toHaveLength(7);
    expect(lines[0]).toBe("- [x] own worktree and branch - claimed `aaaaaaaaaaaa`");
    expect(lines[1]).toBe("- [ ] tests written, red - missing");
    expect(lines[3]).toBe("- [x] landed on the trunk - verified `aaaaaaaaaaaa`");
    expect(lines[5]).toBe("- [ ] deployed - skipped");
  });
});

describe("the issue's one comment", () => {
  test("is nothing where there is nothing to say", () => {
    expect(comment(aState({ runs: [] }))).toBeNull();
  });

  test("says what came of a command, with a run, a refusal or alone", () => {
    const said = { command: "pause", by: "ada" } as const;
    const line = "Paused by ada: nothing starts in this repo";
    expect(comment(aState({ runs: [], said }))).toMatch(/^<!-- afk:42#7 runs= -->\n\nPaused by ada/);
    expect(comment(aState({ said }))).toContain(line);
    expect(comment(aState({ runs: [], refusal: { code: "edited", reason: "because" }, said }))).toContain(line);
  });

  test("tells run, checklist, attempts and links", () => {
    const run = aRun({ attempts: 2 });
    const text = comment(aState({ runs: [run], threadUrl: () => "https://t3/x" })) ?? "";
    expect(text).toContain("**An agent is at work.**");
    for (const line of checklistLines(run)) expect(text).toContain(line);
    expect(text).toContain(`Fix-forward attempt 2 of ${LIMITS.fixAttempts}.`);
    expect(text).toContain(
      `Run \`${RUN_ID}\` · [issue](https://github.com/acme/app/issues/7) · [thread](https://t3/x)`,
    );
    expect(comment(aState()) ?? "").not.toContain("attempt");
  });

  test("folds earlier runs, one line each", () => {
    const first = aRun({ id: OTHER_ID, outcome: anOutcome({ type: "escalated", reason: REASONS.stalled }) });
    const text = comment(aState({ runs: [first, aRun()] })) ?? "";
    expect(text).toContain(
      `<details><summary>Earlier runs</summary>\n\n- \`${OTHER_ID}\`: Handed over: the agent fell silent.`,
    );
    expect(text.split("\n").filter((line) => line.startsWith("- ["))).toHaveLength(7);
  });

  test("says that nobody else is told where no notifier is set", () => {
    expect(comment(aState({ notifiers: 0 }))).toContain("No notifier is set: this issue is the only bell.");
    expect(comment(aState({ notifiers: 1 }))).not.toContain("No notifier");
    expect(comment(aState({ notifiers: 0, runs: [], refusal: { code: "blocked", reason: "x" } }))).not.toContain(
      "No notifier",
    );
  });

  test("says who could not be told", () => {
    expect(comment(aState({ deaf: ["slack", "ntfy"] }))).toContain("slack, ntfy cannot be reached.");
  });

  test("is a function of state alone: no clock, the same again, whatever the moments in it", () => {
    const at = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(at, at, at, (one, two, three) => {
        const run = aRun({ attempts: 1, commits: [SHA], outcome: anOutcome({ type: "frozen", reason: REASONS.red }) });
        const moved = {
          ...run,
          startedAt: one,
          nextLookAt: two,
          settledAt: three,
          interruptedAt: one,
          outcome: anOutcome({ type: "frozen", reason: REASONS.red, decidedAt: two, forgeIso: "2027-01-01T00:00:00Z" }),
          seen: {
            ...run.seen,
            commit: { value: SHA, at: three },
            pulse: { value: "p9", at: one },
            owedMs: 7,
            owedAt: two,
          },
          acts: [anAct("comment", { type: "comment" }, { tries: 4, dueAt: three })],
          log: [{ at: one, kind: "seen" as const, text: "x", act: null }],
        };
        expect(comment(aState({ runs: [moved] }))).toBe(comment(aState({ runs: [run] })));
        expect(comment(aState({ runs: [run] }))).toBe(comment(aState({ runs: [structuredClone(run)] })));
      }),
    );
  });
});

describe("of an issue with very many runs", () => {
  const idOf = (index: number) => index.toString(16).padStart(16, "0");
  const manyRuns = (count: number, reason: Reason, eventChars = 11): Run[] =>
    Array.from({ length: count }, (_, index) =>
      aRun({
        id: idOf(index),
        labelEvent: aLabelEvent({ id: String(index).padStart(eventChars, "0") }),
        outcome: anOutcome({ type: "escalated", reason }),
      }),
    );
  const pairOf = ({ id, labelEvent }: Run) => ({ run: id, labelEvent: labelEvent.id });

  test("the oldest are counted, the newest told, and every one of them named in the marker", () => {
    const runs = manyRuns(1000, REASONS.stalled);
    const text = comment(aState({ runs })) ?? "";
    expect(text.length).toBeLessThanOrEqual(60_000);
    expect(markedRuns(text, "42", 7)).toEqual(runs.map(pairOf));
    const told = text.split("\n").filter((line) => line.startsWith("- `"));
    expect(told.length).toBeGreaterThan(100);
    expect(told.at(-1)).toContain(idOf(998));
    expect(text).toContain(`${told.at(-1)}\n- … and ${999 - told.length} earlier runs\n\n</details>`);
  });

  test("whatever they are, it is short enough, and the newest run is told in full and named", () => {
    const wild = fc.constantFrom("x", "`", "&", "@a ", "\u{1f600}").map((unit) => unit.repeat(600));
    const state = fc.record({
      count: fc.integer({ min: 1, max: 2500 }),
      eventChars: fc.constantFrom(1, 11, 64),
      detail: wild,
      refused: fc.boolean(),
      lost: fc.nat({ max: 1500 }),
      flaky: fc.nat({ max: 5 }),
      deaf: fc.subarray(["slack", "ntfy"]),
      notifiers: fc.nat({ max: 1 }),
    });
    fc.assert(
      fc.property(state, ({ count, eventChars, detail, refused, lost, flaky, deaf, notifiers }) => {
        const runs = manyRuns(count, { code: "nothing_pushed", detail }, eventChars);
        const newest = aRun({ flaky: Array(flaky).fill({ commit: SHA, checks: Array(5).fill(detail) }) });
        const refusal: Refusal | null = refused ? { code: "blocked", reason: detail } : null;
        const said = { command: "why", by: "ada", detail } as const;
        const told = { refusal, said, deaf, notifiers, threadUrl: () => "https://t3/x" };
        const elsewhere = manyRuns(lost, REASONS.stalled).map(({ id }) => ({
          run: `f${id.slice(1)}`,
          labelEvent: "1",
        }));
        const text = comment(aState({ ...told, elsewhere, runs: [...runs, newest] })) ?? "";
        expect(text.length).toBeLessThanOrEqual(60_000);
        const [, ...alone] = (comment(aState({ ...told, runs: [newest] })) ?? "").split("\n\n");
        for (const paragraph of alone) expect(text).toContain(paragraph);
        const all = [...elsewhere, ...runs.map(pairOf), pairOf(newest)];
        const marked = markedRuns(text, "42", 7);
        expect(marked.length).toBeGreaterThan(Math.min(count, 400));
        expect(marked).toEqual(all.slice(-marked.length));
      }),
      { numRuns: 40 },
    );
  });

  test("nothing is counted where all are told", () => {
    const text = comment(aState({ runs: manyRuns(50, REASONS.stalled) })) ?? "";
    expect(text).not.toContain("…");
    expect(text.split("\n").filter((line) => line.startsWith("- `"))).toHaveLength(49);
  });

  test("what is left of a refusal is short enough too", () => {
    const lost = manyRuns(4000, REASONS.stalled).map(pairOf);
    const text = noLongerWaiting("42", 7, lost);
    expect(text.length).toBeLessThanOrEqual(60_000);
    expect(markedRuns(text, "42", 7).at(-1)).toEqual(lost.at(-1));
  });
});

describe("the marker", () => {
  test("gives back the pairs of every run, and only on its own issue", () => {
    const first = aRun({ id: OTHER_ID, labelEvent: aLabelEvent({ id: "LE_x-1" }) });
    const text = comment(aState({ runs: [first, aRun()] })) ?? "";
    expect(text.startsWith(markerPrefix("42", 7))).toBe(true);
    expect(markedRuns(text, "42", 7)).toEqual([
      { run: OTHER_ID, labelEvent: "LE_x-1" },
      { run: RUN_ID, labelEvent: "5001" },
    ]);
    expect(markedRuns(text, "42", 70)).toEqual([]);
    expect(markedRuns(text, "4", 7)).toEqual([]);
    expect(markedRuns(text, "420", 7)).toEqual([]);
    expect(markedRuns("no comment of ours", "42", 7)).toEqual([]);
  });

  test("leaves out a run that was given back: its label event may still have its run", () => {
    const given = aRun({ id: OTHER_ID, outcome: anOutcome({ type: "withdrawn", givenBack: true }) });
    expect(markedRuns(comment(aState({ runs: [given] })) ?? "", "42", 7)).toEqual([]);
    const text = comment(aState({ runs: [given, aRun()] })) ?? "";
    expect(markedRuns(text, "42", 7)).toEqual([{ run: RUN_ID, labelEvent: "5001" }]);
    expect(text).not.toContain(OTHER_ID);
  });

  test("waits as if it had never run when it was given back and is refused", () => {
    const given = aRun({ outcome: anOutcome({ type: "withdrawn", givenBack: true }) });
    const refusal: Refusal = { code: "blocked", reason: "blocked by #3" };
    expect(comment(aState({ runs: [given], refusal }))).toBe(comment(aState({ runs: [], refusal })));
  });

  test("round trip", () => {
    const pair = fc.record({
      run: fc.stringMatching(/^[0-9a-f]{16}$/),
      labelEvent: fc.stringMatching(/^[\w-]{1,40}$/),
    });
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 8 }), fc.nat(), (pairs, number) => {
        const runs = pairs.map((one) => aRun({ id: one.run, labelEvent: aLabelEvent({ id: one.labelEvent }) }));
        expect(markedRuns(comment(aState({ number, runs })) ?? "", "42", number)).toEqual(pairs);
      }),
    );
  });

  test("is there without a run, and names none", () => {
    const refusal: Refusal = { code: "blocked", reason: "blocked by #3" };
    const text = comment(aState({ runs: [], refusal })) ?? "";
    expect(text.startsWith(markerPrefix("42", 7))).toBe(true);
    expect(markedRuns(text, "42", 7)).toEqual([]);
    expect(noLongerWaiting("42", 7).startsWith(markerPrefix("42", 7))).toBe(true);
    expect(markedRuns(noLongerWaiting("42", 7), "42", 7)).toEqual([]);
  });

  test("no title, login or reason can break it, add to it, mention anybody or make a reference", () => {
    const wild = fc.oneof(
      fc.constant(EVIL),
      fc.string({ unit: "binary" }),
      fc.constantFrom("-->", "@mona", "#1", "a/b#2"),
    );
    fc.assert(
      fc.property(wild, wild, (one, other) => {
        const run = aRun({
          issue: { ...aRun().issue, title: one },
          outcome: anOutcome({ type: "escalated", reason: { code: "nothing_pushed", detail: other } }),
        });
        const text = comment(aState({ runs: [run], refusal: { code: "blocked", reason: one } })) ?? "";
        expect(text.split("<!--")).toHaveLength(2);
        expect(text.split("-->")).toHaveLength(2);
        expect(markedRuns(text, "42", 7)).toEqual([{ run: RUN_ID, labelEvent: "5001" }]);
        expect(text.slice(text.indexOf("-->"))).not.toMatch(/@\w|(?<!&)#\d/);
      }),
    );
  });
});

describe("refusals on the issue", () => {
  const said: GateCode[] = ["repo_config", "edited", "blocked", "held_elsewhere", "repo_frozen", "trunk_red"];
  const silent: GateCode[] = [
    "kill_switch",
    "paused",
    "not_enrolled",
    "not_ready",
    "labeller_untrusted",
    "already_ran",
    "repo_busy",
    "limits",
    "executor",
    "quota",
  ];

  test.each(said)("%s is said, with what mends it", (code) => {
    const refusal = { code, reason: "because" };
    expect(isSaidOnIssue(refusal)).toBe(true);
    expect(comment(aState({ runs: [], refusal }))).toMatch(/\n\n\*\*Not started: because\.\*\* [A-Z].+\.$/);
  });

  test.each(silent)("%s is not said", (code) => {
    expect(isSaidOnIssue({ code, reason: "because" })).toBe(false);
  });
});

describe("the hand-over", () => {
  const run = aRun({ outcome: anOutcome({ type: "escalated", reason: REASONS.stalled }) });
  test("mentions the labeller, tells why and how to retry, and can be found again", () => {
    expect(handOver(run)).toBe(
      `<!-- afk-hand-over:${RUN_ID} -->\n@mona Handed over: the agent fell silent.\n\nLabel it \`ready-for-agent\` again, or comment \`/afk retry\`, to retry.`,
    );
    expect(handOver(run).startsWith(handOverMarker(run))).toBe(true);
    expect(handOverMarker(aRun({ id: OTHER_ID }))).not.toBe(handOverMarker(run));
  });

  test.each<[Reason["code"], string[], string]>([
    ["protected_path", [SHA], "It is on the trunk: if it is as it should be, close the issue."],
    ["protected_path", [], "If it is as it should be, merge its pull request and close the issue."],
    ["unproven", [SHA], "It is on the trunk: if it is as it should be, close the issue."],
  ])("of what a person must see (%s, landed as %j) says what is left to do: %s", (code, commits, left) => {
    const passed = aRun({ commits, outcome: anOutcome({ type: "escalated", reason: REASONS[code] }) });
    expect(handOver(passed).split("\n\n").slice(1)).toEqual([
      left,
      "Label it `ready-for-agent` again, or comment `/afk retry`, to retry.",
    ]);
  });

  const byLogin = (login: string) =>
    handOver({ ...run, labelEvent: aLabelEvent({ actor: { id: "1", login, kind: "person" } }) });
  test.each(["mona", "mona-lisa", "m.o_n-a9", "dependabot[bot]"])("mentions %s", (login) => {
    expect(byLogin(login)).toContain(`@${login} `);
  });

  test.each(["", "a b", "-->", "mona @lisa", "acme/core", "x\n@y", "[bot]", "<b>", "@mona"])(
    "does not mention %j",
    (login) => {
      expect(byLogin(login)).not.toMatch(/@\w/);
      expect(byLogin(login).split("-->")).toHaveLength(2);
    },
  );
});

describe("notices", () => {
  test("a run's message names issue, standing, phases asked for and attempts", () => {
    const run = aRun({ attempts: 1 });
    const notice = runNotice(run, "https://t3/x");
    expect(notice.title).toBe("acme/app#7 Add a greeting");
    expect(notice.lines[0]).toBe("An agent is at work.");
    expect(notice.lines).toHaveLength(1 + 6 + 1);
    expect(notice.lines.at(-1)).toBe("fix-forward attempt 1 of 5");
    expect(notice.lines.join()).not.toContain("deployed");
    expect(notice.links.map((link) => link.label)).toEqual(["issue", "thread"]);
    expect(runNotice(aRun(), null).links.map((link) => link.label)).toEqual(["issue"]);
  });

  test("the bell of an ending tells it in plain words, as they were before they were escaped", () => {
    const detail = "use `x_y` & ask @mona about #1 &#64;";
    const run = aRun({ outcome: anOutcome({ type: "escalated", reason: { code: "nothing_pushed", detail } }) });
    expect(endNotice(run, null).lines).toEqual([
      `Handed over: the agent ended without landing anything (${detail}).`,
      "Spent: unknown, no look saw any tokens.",
    ]);
    expect(runNotice(run, null).lines[0]).toBe(endNotice(run, null).lines[0]);
    expect(endNotice(aRun(), null).lines).toEqual([""]);
  });

  test("what a run spent is told when it is over, and not before", () => {
    const spend = { tokens: 12_345, usd: 1.23 };
    const over = aRun({ spend, outcome: anOutcome() });
    expect(endNotice(over, null).lines.at(-1)).toBe("Spent at least 12,345 tokens, $1.23.");
    expect(runNotice(over, null).lines.at(-1)).toBe("Spent at least 12,345 tokens, $1.23.");
    expect(runNotice(aRun({ spend }), null)).toEqual(runNotice(aRun(), null));
  });

  test("a budget that is spent tells figure and limit, where the record has them", () => {
    expect(reasonText({ code: "budget", usd: 5.123, tokens: 1_234_567, limitUsd: 5 })).toBe(
      "the run's budget of $5.00 is spent ($5.12, 1,234,567 tokens).",
    );
    expect(reasonText({ code: "budget" })).toBe("the run's budget is spent.");
  });

  test.each([
    [{}, "Nothing is lost; it is tried again."],
    [{ over: true } as const, "It is not tried again: do it by hand."],
  ])("trouble says where, and what becomes of it (%j)", (over, next) => {
    expect(troubleNotice("github:acme/app", { system: "forge", detail: "HTTP 401", ...over })).toEqual({
      title: "github:acme/app: forge needs a human",
      lines: ["HTTP 401", next],
      links: [],
    });
  });
});

describe("a check that turned green by itself", () => {
  const told = (flaky: Run["flaky"]) =>
    comment(aState({ runs: [aRun({ commits: [SHA], ...(flaky ? { flaky } : {}) })] }));
  test("is told with its commit, and of a run without one nothing is", () => {
    expect(told([{ commit: SHA, checks: ["e2e", "a_b"] }])).toContain(
      `\nFlaky: e2e, a&#95;b was red on \`${SHA.slice(0, 12)}\` and turned green with no new commit; no attempt was spent.\n`,
    );
    expect(told([{ commit: SHA, checks: [] }])).toContain("\nFlaky: CI was red on");
    expect(told(undefined)).not.toContain("Flaky");
  });
});

test.each<[Doubt, string]>([
  [{ code: "ci_cancelled" }, "CI cancelled"],
  [{ code: "no_ci" }, "no CI ran on it"],
  [{ code: "not_red" }, "no check that was green before is red on it"],
  [{ code: "no_red" }, "CI did not show it red before"],
  [{ code: "not_green" }, "none of the checks that were red is green on it"],
  [{ code: "strays", paths: ["src/a_b.ts"] }, "more than tests: src/a&#95;b.ts"],
])("the doubt %j is said as: %s", (doubt, words) => {
  expect(doubtWords(doubt)).toBe(words);
});

test.each<[Reason, string]>([
  [REASONS.red, "the trunk is green"],
  [REASONS.deploy_failed, "the trunk is live"],
  [{ code: "deploy_overdue" }, "the trunk is live"],
])("%j freezes until %s", (reason, until) => {
  const line = outcomeLine(anOutcome({ type: "frozen", reason }));
  expect(line).toContain(`nothing else starts in this repo until ${until}: `);
});

describe("a landed change that is to be live", () => {
  const rules = { ...DEFAULT_RULES, deploy: { type: "check", name: "deploy" } as const };
  const passed: Run["seen"] = { ...aRun().seen, verdict: "green", passed: { value: SHA, at: T0 } };
  const memory = { commit: SHA, hits: 0, hitAt: null, live: null, failed: null, seen: "the check deploy failed" };
  const failed = { commit: SHA, url: null, about: null };
  test.each<[string, Partial<Run>]>([
    ["Landed; CI is running.", { seen: { ...passed, verdict: "pending", passed: null } }],
    ["Landed, CI is green; not live yet.", {}],
    ["Landed, CI is green; not live yet.", { live: memory }],
    ["Landed, CI is green; the deploy failed.", { live: { ...memory, failed } }],
    [
      "Landed, CI is green; the deploy failed, and attempt 1 of 5 to fix it has begun.",
      { live: { ...memory, failed }, attempts: 1 },
    ],
    ["Landed, CI is green; live.", { live: { ...memory, live: { commit: SHA, at: T0 } } }],
    ["Landed; not live yet.", { rules: { ...rules, ci: "none" }, seen: { ...passed, verdict: "none" } }],
    ["Landed; CI is green.", { rules: DEFAULT_RULES }],
    [
      "Done: landed; the repo asks for no CI, and none ran.",
      { outcome: anOutcome({ reason: { code: "landed", unjudged: true } }) },
    ],
    [
      "Done: landed and live; the repo asks for no CI, and none ran.",
      { outcome: anOutcome({ reason: { code: "landed", live: true, unjudged: true } }) },
    ],
    ["Done: landed, green and live.", { outcome: anOutcome({ reason: { code: "landed", live: true } }) }],
  ])("%s %j", (line, run) => {
    expect(headline(aRun({ commits: [SHA], rules, seen: passed, ...run }))).toBe(line);
  });

  test.each<[Reason, string]>([
    [{ code: "deploy_overdue" }, "the deploy did not come in time."],
    [
      { code: "deploy_overdue", seen: "the page answers 302" },
      "the deploy did not come in time: the page answers 302.",
    ],
    [REASONS.deploy_failed, "CI is green, but the check deploy failed, and the attempts are used up."],
  ])("%j is said as: %s", (reason, text) => {
    expect(reasonText(reason)).toBe(text);
  });
});
