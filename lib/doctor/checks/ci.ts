/** Whether CI will say anything of what a run lands, and of its branch before that. */
import { judgeCommit, underRules, type VerdictWord } from "../../core/ci-verdict.ts";
import type { RepoRules } from "../../core/repo-rules.ts";
import type { AboutRepo, InsideRepo } from "../facts.ts";
import { type Finding, fail, ok, unknown, warn } from "../finding.ts";
import { saw } from "../seen.ts";

const SHA_CHARS = 12;
const ON_TRUNK = "let CI run on every push to the default branch";
const ON_BRANCHES = "let the workflow run on push to afk/** or on pull_request";

export function ciChecks(subject: string, about: AboutRepo, read: InsideRepo, rules: RepoRules): Finding[] {
  if (rules.ci === "none") return [ok("ci-on-trunk", subject, "the repo says that it has no CI")];
  const { trunk } = read;
  const heeded = trunk.known ? saw({ ...trunk.value, ...underRules(trunk.value.checks, [], rules) }) : trunk;
  const inside = { ...read, trunk: heeded };
  return [onTrunk(subject, about, inside), onBranch(subject, inside), actionsPolicy(subject, inside)];
}

/** By its newest commit: what ran on that will run on the next. */
function onTrunk(subject: string, { defaultBranch }: AboutRepo, { trunk, runs }: InsideRepo): Finding {
  const code = "ci-on-trunk";
  if (!trunk.known) return unknown(code, subject, trunk.why, "let the credential read commits, checks and statuses");
  const { sha, checks } = trunk.value;
  const where = `the newest commit of ${defaultBranch} (${sha.slice(0, SHA_CHARS)})`;
  const { word } = judgeCommit(checks, { required: [], awaited: [] }, "over");
  const bad = TROUBLES[word];
  if (bad !== undefined) return warn(code, subject, `${where} ${bad}: nothing starts on it`, "mend the trunk first");
  if (checks.length > 0)
    return ok(code, subject, `${where} has ${checks.length === 1 ? "1 check" : `${checks.length} checks`}, ${word}`);
  if (runs.known && runs.value.onTrunk > 0)
    return warn(code, subject, `no CI ran on ${where}, though it did on earlier ones`, ON_TRUNK);
  return fail(code, subject, `no CI ran on ${where}: a run that lands is handed over, never called green`, ON_TRUNK);
}

const TROUBLES: Partial<Record<VerdictWord, string>> = {
  red: "is red",
  infra: "has a check that was broken off",
  human: "has a check that waits for an approval",
};

function onBranch(subject: string, { trunk, runs, proposed }: InsideRepo): Finding {
  const code = "ci-on-branch";
  if (!runs.known) return unknown(code, subject, runs.why, "let the credential read Actions");
  const { onBranches, onTrunk: onDefault } = runs.value;
  if (onBranches > 0) return ok(code, subject, "CI ran on other branches than the default one");
  if (proposed.known && proposed.value.withChecks > 0) return ok(code, subject, "CI reported on a pull request's head");
  // A young repo has no other branch that CI could have run on: nothing speaks against it.
  const isAlive = onDefault > 0 || (trunk.known && trunk.value.checks.length > 0);
  if (isAlive && !(proposed.known && proposed.value.looked > 0)) {
    const what = "CI reports on the default branch, and there was no pull request to look at";
    return unknown(code, subject, what, `${ON_BRANCHES}; the first such branch shows it`);
  }
  const what =
    "no CI run of another branch was seen: a pull request's head would be without CI, and red-then-green only claimed";
  return warn(code, subject, what, ON_BRANCHES);
}

function actionsPolicy(subject: string, { actions, trunk }: InsideRepo): Finding {
  const code = "actions-policy";
  if (!actions.known) return unknown(code, subject, actions.why, "let the credential read the repo's Actions policy");
  const { enabled, allowed } = actions.value;
  if (enabled) {
    const which = allowed === null || allowed === "all" ? "" : `; the actions it may use: ${allowed}`;
    return ok(code, subject, `Actions are on${which}`);
  }
  if (trunk.known && trunk.value.checks.length > 0)
    return ok(code, subject, "Actions are off; CI reports from outside");
  return fail(code, subject, "Actions are off, and no other CI reports", "switch Actions on in the repo's settings");
}
