/** What is decided is long in leaving, and what stood for it falls meanwhile. */
import { fixes, LONG_RUN, MAY_MERGE, ONE_REPO, type Special, UNRULED } from "./special.ts";

export const DELAYED = {
  /** A first turn is long in leaving, and what stood for it falls meanwhile. */
  "start-delayed": { changes: { ...ONE_REPO, issues: 3 }, agents: ["happy"] },
  /** A fix is long in leaving, and the switch is thrown meanwhile, or all is paused. */
  "fix-delayed": { changes: ONE_REPO, settings: fixes(3), agents: ["always-red", "red-then-green"] },
  /** The same, where the executor has taken it and its answer is lost. */
  "fix-unheard": { changes: ONE_REPO, settings: fixes(3), agents: ["always-red", "red-then-green"] },
  /** A fix is decided, CI cannot be read for what it would say, and a person ends it meanwhile. */
  "fix-unread": { changes: ONE_REPO, settings: fixes(2), agents: ["always-red", "red-then-green"] },
  /** The answer to an agent that asks does not get through, and the switch is thrown meanwhile, or all is paused. */
  "answer-delayed": { changes: ONE_REPO, settings: LONG_RUN, agents: ["asks-once", "approval"] },
  /** The same of a merge that the forge is asked for; or its head turns red meanwhile. */
  "merge-delayed": {
    changes: { ...ONE_REPO, pulls: UNRULED },
    settings: { ...MAY_MERGE, AFK_LANDING: "pull-request" },
  },
} satisfies Record<string, Special>;
