/** What a run keeps of its pull request: what each look changes, and what waiting for people does to its time. */
import { describe, expect, test } from "vitest";
import type { Action } from "../../lib/core/actions.ts";
import { closedByLanding } from "../../lib/core/closed-by-landing.ts";
import {
  holdsRepo,
  NOT_LOOKED,
  newProposal,
  observeProposal,
  ownTimeMs,
  type ProposalLook,
  proposalFact,
  proposed,
  resumed,
  waiting,
} from "../../lib/core/proposal.ts";
import type { Run } from "../../lib/core/run.ts";
import { apply } from "../../lib/core/run-evolve.ts";
import { factsOf, observe } from "../../lib/core/run-facts.ts";
import { nextAction } from "../../lib/core/run-state-machine.ts";
import {
  aConfig,
  aLook,
  anAct,
  anEvent,
  aProposal,
  aProposing,
  aRemark,
  aRun,
  aVerdict,
  aView,
  LIMITS,
  PACE,
  read,
  SHA,
  SHA2,
  T0,
  UNREADABLE,
} from "./kit.ts";

const NOW = T0 + 60_000;
const look = (over: Partial<ProposalLook>): ProposalLook => ({ ...NOT_LOOKED, ...over });
const found = (over: Parameters<typeof aProposal>[0] = {}, more: Partial<ProposalLook> = {}) =>
  look({ found: read(aProposal(over)), ...more });
const seen = (run = aProposing(), at: ProposalLook = found(), now = NOW) => observeProposal(run, at, now);
const told = (run: ReturnType<typeof aRun>) => run.log.map((entry) => entry.text);

describe("a look", () => {
  test("at a run that lands by push changes nothing", () => {
    const run = aRun();
    expect(seen(run)).toBe(run);
    expect(proposalFact(run, found(), NOW)).toBeUndefined();
  });

  test.each([
    ["not taken", NOT_LOOKED],
    ["that failed", look({ found: UNREADABLE })],
  ])("%s says nothing", (_, at) => {
    const run = aProposing();
    expect(seen(run, at)).toBe(run);
    expect(proposalFact(run, at, NOW)).toEqual({ type: "unknown" });
  });

  test("at a new head begins its age anew, and forgets what CI said of the other", () => {
    const before = aProposing({ verdict: "red", infra: { value: SHA, at: T0 } });
    expect(seen(before).proposal).toMatchObject({ head: { value: SHA, at: T0 }, verdict: "red" });
    expect(seen(before, found({ head: SHA2 })).proposal).toMatchObject({
      head: { value: SHA2, at: NOW },
      verdict: null,
      infra: null,
    });
  });

  test("keeps since when CI fails for reasons of its own, and an unread CI changes nothing", () => {
    const first = seen(aProposing(), found({}, { verdict: aVerdict("infra") }));
    expect(first.proposal?.infra).toEqual({ value: SHA, at: NOW });
    expect(seen(first, found({}, { verdict: aVerdict("infra") }), NOW + 5).proposal?.infra?.at).toBe(NOW);
    expect(seen(first, found({}, { verdict: aVerdict("unknown") }), NOW + 5).proposal?.infra?.at).toBe(NOW);
    expect(seen(first, found({}, { verdict: aVerdict("pending") }), NOW + 5).proposal?.infra).toBeNull();
  });

  test("at a red head begins the time to mend it, once, and one that passes ends it", () => {
    const red = seen(aProposing(), found({}, { verdict: aVerdict("red") }));
    expect(red.firstRedAt).toBe(NOW);
    const next = seen(red, found({ head: SHA2 }, { verdict: aVerdict("red") }), NOW + 1000);
    expect(next.firstRedAt).toBe(NOW);
    expect(seen(next, found({ head: SHA2 }, { verdict: aVerdict("pending") }), NOW + 2000).firstRedAt).toBe(NOW);
    expect(seen(next, found({ head: SHA2 }, { verdict: aVerdict("green") }), NOW + 2000).firstRedAt).toBeNull();
  });

  test.each(["pending", "red", "infra", "none"] as const)("at a head that is %s lets its time run again", (word) => {
    const waits = waiting(aProposing(), NOW);
    const later = NOW + 3_600_000;
    const run = seen(waits, found({ head: SHA2 }, { verdict: aVerdict(word) }), later);
    expect(ownTimeMs(run, later + 5000)).toBe(ownTimeMs(waits, NOW) + 5000);
  });

  test.each(["green", "human", "unknown"] as const)("at a head that is %s leaves people their time", (word) => {
    const waits = waiting(aProposing(), NOW);
    const run = seen(waits, found({}, { verdict: aVerdict(word) }), NOW + 3_600_000);
    expect(ownTimeMs(run, NOW + 7_200_000)).toBe(ownTimeMs(waits, NOW));
  });

  test("that finds another after it was merged knows who merged the first, and whose close that was", () => {
    const merged = { by: "mona", atIso: "2027-01-15T09:00:00Z" };
    const first = found({ number: 12, state: "merged", mergeCommit: SHA2, merged });
    const run = [first, first, found({ number: 13 }), found({ number: 13 })].reduce(
      (before, at) => seen(before, at),
      aProposing(),
    );
    expect(run.proposal?.mergedBefore).toEqual([merged]);
    const close = (login: string, atIso: string) =>
      anEvent({ type: "closed", label: null, commit: null, atIso, actor: { id: "8", login, kind: "person" } });
    expect(closedByLanding(run, close("mona", "2027-01-15T09:00:02Z"), null)).toBe(true);
    expect(closedByLanding(run, close("mona", "2027-01-15T09:00:20Z"), null)).toBe(false);
    expect(closedByLanding(run, close("eve", "2027-01-15T09:00:02Z"), null)).toBe(false);
    expect(closedByLanding(run, { ...close("mona", "2027-01-15T09:00:02Z"), commit: "squashed" }, null)).toBe(true);
  });

  test("that finds it merged has landed it, once, and its time runs again", () => {
    const waited = aProposing({ waitingSince: T0 + 1000, reminded: true });
    const merged = seen(waited, found({ state: "merged", mergeCommit: SHA2 }));
    expect(merged.commits).toEqual([SHA2]);
    expect(merged.proposal).toMatchObject({ waitingSince: null, waitedMs: 59_000, reminded: false });
    expect(seen(merged, found({ state: "merged", mergeCommit: SHA2 }), NOW + 5).commits).toEqual([SHA2]);
    expect(told(merged)).toContain(`pull request merged on main as ${SHA2.slice(0, 12)}`);
    expect(proposed(merged)).toBeNull();
  });

  test("that finds it on the trunk before it is told as merged starts its time too", () => {
    const waited = aProposing({ waitingSince: T0 + 1000 });
    const commit = { sha: SHA2, message: `Greet\n\nAFK-Run: ${waited.id}`, parents: [] };
    const trunk = read({ head: SHA2, commits: [commit] });
    const landed = observe(waited, aLook({ trunk, proposal: found() }), NOW);
    expect(landed.commits).toEqual([SHA2]);
    expect(landed.proposal).toMatchObject({ waitingSince: null, waitedMs: 59_000 });
    expect(seen(landed, found({ state: "merged", mergeCommit: SHA2 }), NOW + 5).proposal).toMatchObject({
      waitingSince: null,
      waitedMs: 59_000,
    });
  });

  test("merged without a commit yet is not known", () => {
    const at = found({ state: "merged", mergeCommit: null });
    expect(seen(aProposing(), at).commits).toEqual([]);
    expect(proposalFact(aProposing(), at, NOW)).toEqual({ type: "unknown" });
  });

  test("after its landing the merged one is none: what mends it is another", () => {
    const landed = aProposing({}, { commits: [SHA2] });
    const at = found({ state: "merged", mergeCommit: SHA2 });
    expect(proposalFact(landed, at, NOW)).toEqual({ type: "none", opening: "not asked" });
    const first = anAct("propose-0", { type: "propose" }, { state: "acked" });
    expect(proposalFact({ ...landed, acts: [first] }, at, NOW)).toEqual({ type: "none", opening: "not asked" });
    const second = anAct("propose-1", { type: "propose" }, { state: "refused" });
    expect(proposalFact({ ...landed, acts: [first, second] }, at, NOW)).toEqual({ type: "none", opening: "refused" });
  });

  test("tells what it sees once", () => {
    const once = seen();
    expect(told(seen(once, found(), NOW + 5))).toEqual([`pull request #12 is open, its head ${SHA.slice(0, 12)}`]);
  });
});

describe("remarks", () => {
  const remarks = (...ids: string[]) => read(ids.map((id) => aRemark({ id })));

  test("are those not answered yet, but for approvals", () => {
    const run = aProposing({ answered: ["review:1"] });
    const list = read([aRemark(), aRemark({ id: "review:2", type: "approval" }), aRemark({ id: "comment:3" })]);
    expect(proposalFact(run, found({}, { remarks: list }), NOW)).toMatchObject({ remarks: ["comment:3"] });
    expect(proposalFact(run, found({}, { remarks: UNREADABLE }), NOW)).toMatchObject({ remarks: null });
  });

  test("are collected from the first sight of the first, whatever follows", () => {
    const first = seen(aProposing(), found({}, { remarks: remarks("review:1") }));
    const more = seen(first, found({}, { remarks: remarks("review:1", "review:2") }), NOW + 50_000);
    expect(more.proposal?.remarkedAt).toBe(NOW);
    // A later review takes the place of the same person's earlier one.
    expect(seen(more, found({}, { remarks: remarks("review:2") }), NOW + 55_000).proposal?.remarkedAt).toBe(NOW);
    expect(seen(more, found({}, { remarks: UNREADABLE }), NOW + 55_000).proposal?.remarkedAt).toBe(NOW);
    expect(seen(more, found({}, { remarks: remarks() }), NOW + 55_000).proposal?.remarkedAt).toBeNull();
  });

  test("of strangers are shown and kept apart", () => {
    const stranger = aRemark({ id: "review:9", author: { id: "7", login: "eve", kind: "person" } });
    const run = seen(aProposing(), found({}, { remarks: remarks(), strangers: [stranger] }));
    expect(run.proposal?.ignored).toEqual(["review:9"]);
    expect(told(run)).toContain("a review by eve is not heeded");
  });
});

describe("the merge queue", () => {
  const inIt = seen(aProposing(), found({ queued: { commit: SHA2 } }));
  const red = { queue: aVerdict("red") };
  const out = seen(inIt, found({}, red));

  test("put out of it by its CI with the same head: dropped, until there is another head", () => {
    expect(inIt.proposal).toMatchObject({ queued: { head: SHA, commit: SHA2 }, dropped: null });
    expect(out.proposal).toMatchObject({ queued: null, dropped: { head: SHA, commit: SHA2 } });
    expect(seen(out, found(), NOW + 5).proposal?.dropped).toEqual({ head: SHA, commit: SHA2 });
    expect(seen(out, found({ head: SHA2 }), NOW + 5).proposal?.dropped).toBeNull();
    expect(seen(out, found({ queued: { commit: SHA2 } }), NOW + 5).proposal?.dropped).toBeNull();
  });

  test("what CI said there is waited for while it cannot be read", () => {
    const unread = seen(inIt, found({}, { queue: aVerdict("unknown") }));
    expect(seen(unread, found({}, red)).proposal?.dropped).toEqual({ head: SHA, commit: SHA2 });
    expect(seen(seen(inIt, found()), found({}, red)).proposal?.dropped).toEqual({ head: SHA, commit: SHA2 });
  });

  test.each<[string, Parameters<typeof aProposal>[0], Partial<ProposalLook>]>([
    ["still in it", { queued: { commit: SHA2 } }, {}],
    ["merged by it", { state: "merged", mergeCommit: SHA2 }, {}],
    ["out of it by a push", { head: SHA2 }, red],
    ["taken out of it by a person", {}, { queue: aVerdict("green") }],
  ])("%s: not dropped", (_, over, more) => {
    expect(seen(inIt, found(over, more)).proposal?.dropped).toBeNull();
  });
});

describe("waiting for people", () => {
  const at = { now: NOW, forgeIso: null, notifiers: ["slack"] };

  test("frees the repo and stops the time; a turn takes both back", () => {
    const waits = waiting(aProposing({}, { firstRedAt: T0 }), NOW);
    expect([holdsRepo(waits), ownTimeMs(waits, NOW + 9e6), waits.firstRedAt]).toEqual([false, 60_000, null]);
    const action: Action = { type: "review", row: 20, sha: SHA, remarks: ["review:1"] };
    const turned = apply(waits, action, { ...at, now: NOW + 1000 });
    expect([holdsRepo(turned), ownTimeMs(turned, NOW + 3000)]).toEqual([true, 62_000]);
    expect(turned.turns.at(-1)).toMatchObject({ purpose: "review", remarks: ["review:1"], sentAt: null });
    expect(turned.proposal).toMatchObject({ answered: ["review:1"], rounds: 1, remarkedAt: null });
    expect([turned.attempts, turned.answered]).toEqual([0, []]);
  });

  test("goes on from when it began", () => {
    expect(waiting(waiting(aProposing(), NOW), NOW + 5).proposal?.waitingSince).toBe(NOW);
    expect(resumed(aProposing(), NOW).proposal?.waitedMs).toBe(0);
  });

  test("an update spends an attempt, once a head", () => {
    const updated = apply(aProposing(), { type: "update", row: 19, sha: SHA }, at);
    expect([updated.attempts, updated.answered, updated.turns.at(-1)?.purpose]).toEqual([1, [SHA], "update"]);
  });

  test("reminds through every notifier, under one key", () => {
    const run = apply(aProposing({ waitingSince: T0 }), { type: "remind", row: 22 }, at);
    expect(run.acts.map((one) => one.key)).toContain("ring-slack-review-0-1");
    expect(run.proposal?.reminded).toBe(true);
  });

  test("a turn that waits for the repo says so, until it need not", () => {
    const wanted = apply(aProposing(), { type: "wait", row: 20, untilMs: 5, look: null, wantsRepo: true }, at);
    expect(wanted.proposal?.wantsRepo).toBe(true);
    expect(apply(wanted, { type: "fix_forward", row: 15, sha: SHA }, at).proposal?.wantsRepo).toBe(false);
    const freed = apply(wanted, { type: "wait", row: 18, untilMs: 5, look: null }, at);
    expect(freed.proposal?.wantsRepo).toBe(false);
  });
});

describe("a red that waits for the repo", () => {
  const at = { now: NOW, forgeIso: null, notifiers: [] };
  const wait: Action = { type: "wait", row: 15, untilMs: PACE.pollMs, look: null };
  const red = aLook({
    thread: { type: "view", view: aView({ state: "done" }) },
    verdict: aVerdict("red"),
  });
  const merged = aProposing(
    { last: aProposal({ state: "merged", mergeCommit: SHA2 }), holdsRepo: false },
    { commits: [SHA2] },
  );
  const decided = (run: Run, now: number) => {
    const observed = observe({ ...run, redBefore: { of: SHA2, checks: [] } }, red, now);
    return { observed, action: nextAction(observed, factsOf(observed, red, aConfig(), now, null), PACE, now) };
  };

  test("after the merge has all its time to be mended once the repo is free, and none but that of the run while it waits", () => {
    let run: Run = merged;
    for (const lookedAt of [NOW, NOW + LIMITS.fixMs, NOW + 2 * LIMITS.fixMs]) {
      const { observed, action } = decided(run, lookedAt);
      expect(action).toMatchObject({ type: "fix_forward", row: 15 });
      run = apply(observed, { ...wait, wantsRepo: true }, { ...at, now: lookedAt });
    }
    const over = decided(run, T0 + LIMITS.runMs).action;
    expect(over).toMatchObject({ row: 7, decision: "freeze_escalate" });
  });

  test("that waits for anything else has what is left of it", () => {
    const { observed } = decided(merged, NOW);
    const run = { ...apply(observed, wait, at), nextLookAt: NOW + LIMITS.fixMs };
    expect(decided(run, NOW + LIMITS.fixMs).action).toMatchObject({ row: 16, reason: { code: "red", why: "time" } });
  });
});

test("the end of one that was merged deletes its branch at the head that was merged, of any other leaves it", () => {
  const end = {
    type: "end",
    row: 5,
    decision: "close_success",
    outcome: "closed",
    reason: { code: "landed" },
    freeze: false,
    givenBack: false,
  } as const;
  const ended = (run: ReturnType<typeof aRun>) =>
    apply(run, end, { now: NOW, forgeIso: null, notifiers: [] }).acts.find((one) => one.key === "end-branch")?.deed;
  const last = aProposal({ state: "merged", mergeCommit: SHA2 });
  expect(ended(aProposing({ last }, { commits: [SHA2] }))).toEqual({ type: "delete_branch", head: SHA });
  expect(ended(aProposing({}, { commits: [SHA2] }))).toBeUndefined();
  expect(ended(aRun({ commits: [SHA2], proposal: newProposal("never") }))).toBeUndefined();
});
