/**
 * The names of what hooks are told: a fine type, by which a hook chooses, and a coarse event, which several types share.
 *
 *   asked for "issues" ................. all five types that concern issues
 *   asked for "pull_request" ........... all types that concern pull requests
 *   asked for "issues_only", … ......... the one type alone
 *   asked for nothing .................. push
 *   asked for a name nobody knows ...... nothing, and no word about it
 */
const EVENT_OF = {
  create: "create",
  delete: "delete",
  fork: "fork",
  push: "push",
  issues: "issues",
  issue_assign: "issues",
  issue_label: "issues",
  issue_milestone: "issues",
  issue_comment: "issue_comment",
  pull_request: "pull_request",
  pull_request_assign: "pull_request",
  pull_request_label: "pull_request",
  pull_request_milestone: "pull_request",
  pull_request_comment: "issue_comment",
  pull_request_review_approved: "pull_request_approved",
  pull_request_review_rejected: "pull_request_rejected",
  pull_request_review_comment: "pull_request_comment",
  pull_request_sync: "pull_request",
  pull_request_review_request: "pull_request",
  wiki: "wiki",
  repository: "repository",
  release: "release",
  package: "",
  action_run_failure: "action_run_failure",
  action_run_recover: "action_run_recover",
  action_run_success: "action_run_success",
} as const;

export type HookType = keyof typeof EVENT_OF;

const TYPES = Object.keys(EVENT_OF) as HookType[];
const OF_ISSUES: HookType[] = ["issues", "issue_assign", "issue_label", "issue_milestone", "issue_comment"];
const OF_PULLS = TYPES.filter((type) => type.startsWith("pull_request"));
const OF_REVIEWS = TYPES.filter((type) => /^pull_request_review_(approved|rejected|comment)$/.test(type));
/** Types that a PATCH never switches, neither on nor off. */
const UNTOUCHED_BY_PATCH: string[] = ["package", "action_run_failure", "action_run_recover", "action_run_success"];

/** X-*-Event for a type; for `package` it is the empty string, a case that was forgotten. */
export function eventOf(type: HookType): string {
  return EVENT_OF[type];
}

/** What a hook with these names asked for is told, in Forgejo's own order. */
export function typesFor(asked: string[]): HookType[] {
  const names = asked.length === 0 ? ["push"] : asked;
  const chosen = new Set(names.flatMap(widened));
  return TYPES.filter((type) => chosen.has(type));
}

export function typesAfterPatch(before: string[], asked: string[]): HookType[] {
  const kept = before.filter((type) => UNTOUCHED_BY_PATCH.includes(type));
  const chosen = new Set<string>([...typesFor(asked).filter((type) => !UNTOUCHED_BY_PATCH.includes(type)), ...kept]);
  return TYPES.filter((type) => chosen.has(type));
}

function widened(name: string): HookType[] {
  switch (name) {
    case "issues":
      return OF_ISSUES;
    case "issues_only":
      return ["issues"];
    case "pull_request":
      return OF_PULLS;
    case "pull_request_only":
      return ["pull_request"];
    case "pull_request_review":
      return OF_REVIEWS;
    default:
      return TYPES.filter((type) => type === name);
  }
}
