/** The executor cannot do what it is asked, or its answer is lost. */
import { LONG_RUN, ONE_REPO, type Special } from "./special.ts";

export const EXECUTOR = {
  /** The executor is too old from before the label on. */
  "executor-old": { changes: ONE_REPO },
  /** The executor takes turns and starts none. */
  "executor-wedged": { changes: ONE_REPO, settings: LONG_RUN },
  /** The executor cannot be read while its agents work. */
  "executor-unread": { changes: ONE_REPO, settings: { ...LONG_RUN, AFK_POLL_SECONDS: "15" }, agents: ["works-long"] },
  /** Another server answers at the executor's address while agents are at work on the first. */
  "executor-replaced": {
    changes: { ...ONE_REPO, issues: 3, weatherMs: 900_000 },
    settings: LONG_RUN,
    agents: ["works-through", "works-through", "works-long", "happy", "always-red", "no-push"],
  },
  /** The executor takes turns and its answer is lost. */
  "answers-lost": { changes: ONE_REPO, agents: ["happy", "red-then-green", "works-long"] },
} satisfies Record<string, Special>;
