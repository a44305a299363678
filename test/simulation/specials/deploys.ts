/** What is green is yet to be seen live, and something tells which commit runs. */
import { APP_ORIGIN } from "../own-rules.ts";
import { LONG_RUN, ONE_REPO, type Special } from "./special.ts";

export const DEPLOYS = {
  /** A page tells which commit runs, and what is green comes to run late, never, or for a while. */
  "deploy-page": {
    changes: { ...ONE_REPO, issues: 3, weatherMs: 1_200_000 },
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "30", AFK_DEPLOY_SECONDS: "300", AFK_DEPLOY_ORIGINS: APP_ORIGIN },
    agents: ["happy", "happy", "red-then-green", "pushes-twice"],
  },
  /** A check tells of the deploy. */
  "deploy-check": {
    changes: { ...ONE_REPO, issues: 3, weatherMs: 1_200_000 },
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "30", AFK_DEPLOY_SECONDS: "200", AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" },
    agents: ["happy", "happy", "red-then-green"],
  },
  /** The forge's own deployments tell of it. */
  "deploy-environment": {
    changes: { ...ONE_REPO, forge: "github" },
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "30", AFK_DEPLOY_SECONDS: "200", AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" },
    agents: ["happy", "happy", "red-then-green"],
  },
} satisfies Record<string, Special>;
