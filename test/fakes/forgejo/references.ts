/**
 * `#n` in a text leaves an entry in the timeline of the issue it names, which moves that issue's updated_at though nobody
 * touched it. A text in code is no reference.
 */
import type { Account } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { findRepo, fullName, type Place, type World } from "./world.ts";

const MENTION = /(?:^|[\s(,:[])(?:([\w.-]+\/[\w.-]+))?#(\d+)\b/g;
export const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+\/[\w.-]+))?#(\d+)\b/gi;
const CODE = /```[\s\S]*?```|`[^`\n]*`/g;

export function refer(world: World, from: Place, by: Account, text: string, type: "issue_ref" | "comment_ref"): void {
  for (const { issue } of mentioned(world, from, text)) {
    if (issue.id === from.issue.id) continue;
    const known = issue.timeline.some((entry) => entry.type === type && entry.refIssue === from.issue.id);
    if (!known) addEntry(world, issue, by, type, { refIssue: from.issue.id });
  }
}

export function mentioned(world: World, { repo }: Pick<Place, "repo">, text: string, pattern = MENTION): Place[] {
  return [...text.replace(CODE, " ").matchAll(pattern)].flatMap(([, name, number]) => {
    const there = findRepo(world, name ?? fullName(repo));
    const issue = there?.issues.find((each) => each.number === Number(number));
    return there === undefined || issue === undefined ? [] : [{ repo: there, issue }];
  });
}
