/** The rules in force on a branch, as its rulesets tell them. */
import type { Repo, RequiredCheck } from "./state.ts";
import type { View } from "./views-repo.ts";

export function rulesOf(repo: Repo, branch: string): View[] {
  const { checks = [], upToDate = false, queue = false, ...review } = repo.branchRules[branch] ?? {};
  const plain = repo.rulesets[branch];
  return [
    ...(plain === undefined ? [] : [checksRule(plain, false)]),
    ...(checks.length === 0 && !upToDate
      ? []
      : [
          checksRule(
            checks.map((context) => ({ context })),
            upToDate,
          ),
        ]),
    ...(review.pullRequest || (review.approvals ?? 0) > 0 ? [pullRequestRule(review)] : []),
    ...(queue ? [queueRule(repo)] : []),
  ];
}

function checksRule(checks: RequiredCheck[], strict: boolean): View {
  return {
    type: "required_status_checks",
    parameters: {
      do_not_enforce_on_create: false,
      strict_required_status_checks_policy: strict,
      required_status_checks: checks.map(({ context, integrationId }) => ({
        context,
        ...(integrationId === undefined ? {} : { integration_id: integrationId }),
      })),
    },
  };
}

function pullRequestRule({
  approvals = 0,
  dismissStale = false,
}: {
  approvals?: number;
  dismissStale?: boolean;
}): View {
  return {
    type: "pull_request",
    parameters: {
      required_approving_review_count: approvals,
      dismiss_stale_reviews_on_push: dismissStale,
      require_code_owner_review: false,
      require_last_push_approval: false,
      required_review_thread_resolution: false,
      allowed_merge_methods: ["merge", "squash", "rebase"],
    },
  };
}

function queueRule({ merging }: Repo): View {
  return {
    type: "merge_queue",
    parameters: {
      check_response_timeout_minutes: 60,
      grouping_strategy: "ALLGREEN",
      max_entries_to_build: 1,
      max_entries_to_merge: 1,
      merge_method: (merging.methods[0] ?? "merge").toUpperCase(),
      min_entries_to_merge: 1,
      min_entries_to_merge_wait_minutes: 0,
    },
  };
}
