/** What a repo says of itself: its CI, its landing, the evidence it asks for, what nobody may change unseen. */
import { LONG_RUN, MAY_MERGE, ONE_REPO, type Special, UNRULED } from "./special.ts";

export const OWN_RULES = {
  /** A repo's own rules cannot be understood for a while. */
  misruled: { changes: { ...ONE_REPO, issues: 3 }, agents: ["happy", "no-push"] },
  /** A check fails whatever anybody does, and the repo ignores it. */
  noisy: { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy", "red-then-green"] },
  /** A repo has no CI, and says so. */
  "no-ci": { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy", "no-push"] },
  /** The same where changes land by pull request, and the loop may merge. */
  "no-ci-pulls": {
    changes: { ...ONE_REPO, pulls: UNRULED },
    settings: { ...MAY_MERGE, AFK_LANDING: "push" },
  },
  /** Agents work phase by phase, and most repos ask to see it. */
  evidence: { changes: { ...ONE_REPO, issues: 3, ruled: true }, settings: LONG_RUN, agents: ["happy"] },
  /** The same, and no delivery tells of what they push. */
  "evidence-unheard": {
    changes: { ...ONE_REPO, issues: 3, ruled: true, lost: 1 },
    settings: LONG_RUN,
    agents: ["happy"],
  },
  /** Agents land what nobody may change unseen, and its list of files cannot always be read. */
  protected: { changes: { ...ONE_REPO, issues: 3, ruled: true }, settings: LONG_RUN, agents: ["happy"] },
  /** The same where the repo itself asks for pull requests, and the loop may merge. */
  "protected-pulls": {
    changes: { ...ONE_REPO, issues: 3, pulls: UNRULED },
    settings: { ...MAY_MERGE, AFK_LANDING: "push" },
  },
} satisfies Record<string, Special>;
