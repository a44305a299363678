/**
 * The rules of a branch's rulesets, and what they and classic protection say of a direct push. First match:
 *
 *   a rule that is not known to take any push ..... refused; of a new kind nobody knows
 *   classic protection that this token can read ... refused where it demands a pull request, checks or signatures, or
 *                                                   names who may push, or locks the branch
 *   classic protection that it cannot read ........ refused
 *   protected, and nothing readable says how ...... refused
 *   otherwise ..................................... taken
 */
import { known, type Reading, type RepoName } from "../../core/types.ts";
import { failureOf, readingOf } from "../results.ts";
import type { GithubClient } from "./client.ts";
import { optional } from "./optional-reads.ts";
import { listed, readPages } from "./pages.ts";
import * as payloads from "./rule-payloads.ts";

const BRANCH = "/repos/{owner}/{repo}/branches/{branch}";

/** Kinds of rules that refuse no push of a new commit as such, or refuse the pull request's branch just the same. */
const TAKES_PUSHES = new Set([
  "creation",
  "deletion",
  "non_fast_forward",
  "required_linear_history",
  "copilot_code_review",
  "commit_message_pattern",
  "commit_author_email_pattern",
  "committer_email_pattern",
  "branch_name_pattern",
  "tag_name_pattern",
  "file_path_restriction",
  "max_file_path_length",
  "file_extension_restriction",
  "max_file_size",
]);

export async function readRules(
  client: GithubClient,
  repo: RepoName,
  branch: string,
): Promise<Reading<payloads.Rule[]>> {
  const read = await readPages(client, repo, "GET /repos/{owner}/{repo}/rules/branches/{branch}", { branch });
  if (read.type === "failed") return optional("rules", read.failure, []);
  return listed(read, payloads.rules, (page) => page);
}

export async function takesPush(client: GithubClient, repo: RepoName, branch: string): Promise<Reading<boolean>> {
  const rules = await readRules(client, repo, branch);
  if (!rules.known) return rules;
  if (rules.value.some(({ type }) => !TAKES_PUSHES.has(type))) return known(false);
  const standing = readingOf(await client.request(repo, `GET ${BRANCH}`, { branch }), payloads.branchStanding);
  if (!standing.known) return standing;
  const { protected: isProtected, protection } = standing.value;
  if (!isProtected) return known(true);
  if (!protection?.enabled) return known(rules.value.length > 0);
  const outcome = await client.request(repo, `GET ${BRANCH}/protection`, { branch });
  const failure = failureOf(outcome);
  if (failure) return optional("whole_protection", failure, false);
  return readingOf(outcome, payloads.wholeProtection);
}
