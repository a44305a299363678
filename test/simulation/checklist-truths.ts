/** Rule 6, of the checklist in the last comment of a run that is over: nothing on it is still to come, and the trunk, CI and the issue bear it out. */
import type { Run } from "../../lib/core/run.ts";
import { landing, passed, toldOf } from "./commit-records.ts";
import { rulesOfRun } from "./own-rules.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

const LINE = /^- \[[ x]\] (.+?) - (verified|claimed|missing|pending|skipped)\b/gm;

/** `text`: what tells of this run. */
export function checkChecklist(world: World, rules: Rules, repo: string, run: Run, text: string): void {
  const { outcome } = run;
  if (outcome === null) return;
  const where = `${repo}#${run.issue.number} (run ${run.id}, ${outcome.type}: ${outcome.reason.code})`;
  const lines = [...text.matchAll(LINE)].map(([, words = "", evidence = ""]) => ({ words, evidence }));
  if (lines.length !== 7) rules.broken(6, `the checklist of ${where} has ${lines.length} lines`);
  const told = (words: string) => lines.find((one) => one.words.endsWith(words))?.evidence;
  for (const { words, evidence } of lines)
    if (evidence === "pending") rules.broken(6, `"${words}" is still to come on ${where}`);
  const isClosed = outcome.type === "closed";
  const own = rulesOfRun(world, repo, run);
  const says = (words: string, should: string) => {
    if (told(words) !== should) rules.broken(6, `"${words}" is told as ${told(words)}, not ${should}, on ${where}`);
  };
  says("done", isClosed ? "verified" : "missing");
  if (own.deploy.type === "none") says("deployed", "skipped");
  else if (isClosed) says("deployed", "verified");
  if (isClosed) says("landed on the trunk", "verified");
  if (isClosed && own.hasCi) says("CI of the trunk green", "verified");
  const landed = everLanded(world, repo, run);
  if (told("landed on the trunk") === "verified" && landed.length === 0)
    rules.broken(6, `${where} is told to have landed, and did not`);
  if (told("CI of the trunk green") === "verified" && !landed.some((sha) => wasEverGreen(world, repo, sha, run)))
    rules.broken(6, `CI of the trunk is told to have passed for ${where}, and did not`);
}

/** Some of it may have been taken off the trunk since. */
function everLanded(world: World, repo: string, run: Run): string[] {
  const came = world.commitBook.trunk(repo);
  const commits = world.git.toJSON()[repo]?.commits ?? {};
  const first = came.findIndex((sha) => commits[sha]?.message.includes(`AFK-Run: ${run.id}`));
  return [...landing(world, repo, run), ...(first < 0 ? [] : came.slice(first))];
}

/** It may be run again since. */
function wasEverGreen(world: World, repo: string, sha: string, run: Run): boolean {
  return passed(world, repo, sha, run) || toldOf(world, repo, sha).some(({ word }) => word === "success");
}
