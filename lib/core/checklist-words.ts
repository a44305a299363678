/** The checklist in words, one line a phase: how far a run has come, and how we know. Pure. */
import { checklist, type Doubt, type Phase } from "./phase-checklist.ts";
import type { Evidence, Run } from "./run.ts";
import { inline } from "./text.ts";

const PHASE_WORDS: Record<Phase, string> = {
  worktree: "own worktree and branch",
  tests_red: "tests written, red",
  green: "implemented, green",
  pushed: "landed on the trunk",
  ci: "CI of the trunk green",
  deployed: "deployed",
  done: "done",
};

const EVIDENCE_MARKS: Record<Evidence, string> = {
  verified: "- [x]",
  claimed: "- [x]",
  missing: "- [ ]",
  pending: "- [ ]",
  skipped: "- [ ]",
};

export function checklistLines(run: Run): string[] {
  return checklist(run).map((line) => {
    const commit = line.commit === null ? "" : ` \`${line.commit.slice(0, 12)}\``;
    const doubt = line.why === undefined ? "" : ` (${doubtWords(line.why)})`;
    return `${EVIDENCE_MARKS[line.evidence]} ${phaseWords(run, line.phase)} - ${line.evidence}${doubt}${commit}`;
  });
}

/** Why a claim stays a claim, or does not count. */
export function doubtWords(doubt: Doubt): string {
  switch (doubt.code) {
    case "ci_cancelled":
      return "CI cancelled";
    case "no_ci":
      return "no CI ran on it";
    case "not_red":
      return "no check that was green before is red on it";
    case "no_red":
      return "CI did not show it red before";
    case "not_green":
      return "none of the checks that were red is green on it";
    case "strays":
      return `more than tests: ${doubt.paths.map((path) => inline(path, 100)).join(", ")}`;
    default:
      return doubt satisfies never;
  }
}

/** In the words of the way it lands. */
export function phaseWords(run: Run, phase: Phase): string {
  const pull = run.proposal?.last;
  if (phase !== "pushed" || !pull) return PHASE_WORDS[phase];
  const review = pull.review === "approved" ? ", reviewed" : "";
  return `proposed as #${pull.number}${review}, ${PHASE_WORDS.pushed}`;
}
