/** A limit is met: of threads, of time, of money, of answers to a red. */
import { PRICE } from "../spending.ts";
import { fixes, LONG_RUN, ONE_REPO, type Special, TWO_REPOS } from "./special.ts";

export const LIMITS = {
  /** One thread an hour. */
  "few-threads": { changes: ONE_REPO, settings: { AFK_THREADS_PER_HOUR: "1" }, agents: ["happy"] },
  /** One thread a day. */
  "few-a-day": { changes: TWO_REPOS, settings: { AFK_THREADS_PER_DAY: "1" }, agents: ["happy", "no-push"] },
  /** An agent that is never done, and shows life all the time. */
  "never-done": {
    changes: { ...TWO_REPOS, issues: 2 },
    settings: { AFK_RUN_MAX_SECONDS: "480" },
    agents: ["works-through"],
  },
  /** Each red takes its time. */
  "slow-reds": {
    changes: ONE_REPO,
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_SECONDS: "200", AFK_FIX_FORWARD_MAX_ATTEMPTS: "3" },
    agents: ["always-red"],
  },
  /** Agents work on and on, and have spent their budget early. */
  spends: {
    changes: { ...ONE_REPO, spending: { reports: true, price: PRICE, budgetUsd: 0.3 } },
    settings: { ...LONG_RUN, AFK_BUDGET_USD: "0.3", AFK_PRICES: JSON.stringify({ "claude-sonnet-4-6": PRICE }) },
    agents: ["works-through"],
  },
  /** A repo has limits of its own, tighter or looser than the deployment's. */
  stricter: { changes: { ...ONE_REPO, issues: 2 }, settings: fixes(2), agents: ["always-red"] },
} satisfies Record<string, Special>;
