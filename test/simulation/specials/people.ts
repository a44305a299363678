/** People change their minds under way: about an issue, or about its repo. */
import { LONG_RUN, ONE_REPO, type Special, TWO_REPOS } from "./special.ts";

export const PEOPLE = {
  /** A person takes the label off before anything is pushed. */
  "second-thoughts": { changes: ONE_REPO, settings: LONG_RUN, agents: ["works-through", "silent", "no-push"] },
  /** A person closes while CI works on what is red. */
  "closed-under-way": {
    changes: { ...ONE_REPO, ci: "slow" },
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" },
    agents: ["always-red"],
  },
  /** The issue is deleted while its agent works on after the landing. */
  "issue-vanishes": { changes: { ...ONE_REPO, issues: 3 }, settings: LONG_RUN, agents: ["goes-on"] },
  /** A person takes the label off, writes the issue anew and labels it again. */
  revised: { changes: { ...TWO_REPOS, forge: "forgejo" }, agents: ["happy", "no-push"] },
  /** A text is changed after the label, before anybody was told of either. */
  "edited-unseen": { changes: { ...TWO_REPOS, forge: "forgejo", lost: 1 }, agents: ["happy", "no-push"] },
  /** A person says stop, which cannot be read for long, takes the label off and puts it on again. */
  "stop-unheard": {
    changes: { ...ONE_REPO, issues: 2, weatherMs: 900_000 },
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "30" },
    agents: ["works-long", "no-push", "silent"],
  },
  /** A person gives the repo another name while its agent is at work, for a while or for good. */
  renamed: {
    changes: { ...ONE_REPO, issues: 1 },
    settings: LONG_RUN,
    agents: ["happy", "red-then-green", "no-push", "pushes-twice"],
  },
  /** The repo is deleted, and somebody else's bears its name. */
  "squatted-name": { changes: { ...ONE_REPO, issues: 1 }, agents: ["happy"] },
} satisfies Record<string, Special>;
