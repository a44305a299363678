/** The forge refuses, cannot be read, or is behind itself. */
import { LONG_RUN, ONE_REPO, type Special, TWO_REPOS } from "./special.ts";

export const FORGE = {
  /** The forge's quota is spent before anybody labels. */
  "quota-spent": { changes: { ...ONE_REPO, forge: "github" } },
  /** The forge refuses to close for good. */
  "close-refused": { changes: ONE_REPO, agents: ["happy"] },
  /** The forge closes nothing for a while, and a person closes and reopens meanwhile. */
  "close-late": { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy"] },
  /** The forge takes the mention of a hand-over, and its answer is lost. */
  "mention-lost": { changes: ONE_REPO, agents: ["no-push", "errs"] },
  /** Who blocks whom cannot be read. */
  "blockers-unread": { changes: { ...ONE_REPO, issues: 3 } },
  /** What the labeller may do cannot be read, and he may do nothing. */
  "permission-unread": { changes: { ...ONE_REPO, issues: 3 } },
  /** The trunk cannot be compared. */
  "trunk-unread": { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy"] },
  /** One issue can never be read; those after it can. */
  "issue-unread": { changes: { ...ONE_REPO, issues: 3 } },
  /** One repo can never be read, and the others are found by the sweep alone. */
  "repo-unread": { changes: { repos: 2, issues: 1, weatherMs: 720_000, lost: 1 } },
  /** The forge's record of an issue is behind the issue, and a person takes the label off just before the first turn. */
  "record-behind": { changes: { ...TWO_REPOS, issues: 2 }, agents: ["happy"] },
  /** The forge's lists of commits are behind its branches, and a person takes the label off just after a landing. */
  "trunk-behind": {
    changes: { ...TWO_REPOS, issues: 3 },
    settings: { AFK_RUN_MAX_SECONDS: "900", AFK_POLL_SECONDS: "30" },
    agents: ["happy", "red-then-green", "pushes-twice"],
  },
} satisfies Record<string, Special>;
