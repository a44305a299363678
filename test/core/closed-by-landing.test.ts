import { describe, expect, test } from "vitest";
import { closedByLanding } from "../../lib/core/closed-by-landing.ts";
import type { Run } from "../../lib/core/run.ts";
import type { Comparison, IssueEvent, Reading } from "../../lib/core/types.ts";
import { aCommit, anEvent, aProposal, aProposing, aRun, read, SHA, SHA2, UNREADABLE } from "./kit.ts";

const closed = (commit: string | null, over: Partial<IssueEvent> = {}): IssueEvent =>
  anEvent({ id: "7", type: "closed", label: null, commit, ...over });
const trunk = (...shas: string[]): Reading<Comparison> =>
  read({ head: shas.at(-1) ?? "", commits: shas.map((sha) => aCommit(sha, "Fixes #7")) });
const AROUND = trunk("before", SHA, "between", SHA2, "after");

const NONE = aRun();
const ONE = aRun({ commits: [SHA] });
const TWO = aRun({ commits: [SHA, SHA2] });
const merged = { by: "mona", atIso: "2027-01-15T09:00:00Z" };
const MERGED = aProposing({ last: aProposal({ state: "merged", mergeCommit: SHA, merged }) }, { commits: [SHA] });
const withMerge = (commit: string | null) =>
  closed(commit, { actor: { id: "8", login: "mona", kind: "person" }, atIso: "2027-01-15T09:00:02Z" });

describe("an issue was closed by our own landing", () => {
  test.each<[string, Run, IssueEvent, Reading<Comparison> | null, boolean | null]>([
    ["by our merge, whatever is known of the trunk", MERGED, withMerge(null), null, true],
    ["by our merge, which names a commit it left behind", MERGED, withMerge("squashed"), trunk(SHA), true],
    ["not by hand", ONE, closed(null), AROUND, false],
    ["not by hand, and the trunk need not be read for that", ONE, closed(null), null, false],
    ["by our commit", ONE, closed(SHA), AROUND, true],
    ["by our commit, and the trunk need not be read for that", ONE, closed(SHA), null, true],
    ["by an earlier commit of ours", TWO, closed(SHA), null, true],
    ["by a commit that landed with ours", ONE, closed("before"), AROUND, true],
    ["by a commit between two of ours", TWO, closed("between"), AROUND, true],
    ["not by a commit after ours", ONE, closed("between"), AROUND, false],
    ["not by a commit that is not on the trunk", ONE, closed("elsewhere"), AROUND, false],
    ["not where ours is not on the trunk", aRun({ commits: ["lost"] }), closed("before"), AROUND, false],
    ["not where nothing of ours has landed", NONE, closed("before"), AROUND, false],
    ["or not, while the trunk cannot be read", ONE, closed("before"), UNREADABLE, null],
    ["or not, while the trunk is not read", ONE, closed("before"), null, null],
    ["or not, while the trunk is not read that may show something of ours", NONE, closed("before"), null, null],
  ])("%s", (_name, run, closing, read, ours) => {
    expect(closedByLanding(run, closing, read)).toBe(ours);
  });
});
