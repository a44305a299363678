/** The trunk and its CI: it is red, is repaired, or is judged late. */
import { fixes, LONG_RUN, MAY_MERGE, ONE_REPO, type Special, UNRULED } from "./special.ts";

export const TRUNK = {
  /** What landed is neither good nor bad, so that a freeze alone keeps others; a person repairs the trunk later. */
  frozen: { changes: { ...ONE_REPO, issues: 3, ci: "held" }, agents: ["happy"] },
  /** People break the trunk while an agent is at work, and repair it later. */
  "red-before": {
    changes: { ...ONE_REPO, issues: 3 },
    settings: fixes(2),
    agents: ["works-long", "always-red", "red-then-green"],
  },
  /** A person pushes good code on top of what is red, while its agent tries in vain. */
  "repaired-on-top": {
    changes: ONE_REPO,
    settings: { AFK_RUN_MAX_SECONDS: "900", AFK_POLL_SECONDS: "180", AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" },
    agents: ["gives-up-on-red"],
  },
  /** A trunk is left red, and somebody orders its repair. */
  "repair-order": { changes: ONE_REPO, settings: fixes(1), agents: ["always-red"] },
  /** A person merges what was tested beside the trunk on top of what is red on it. */
  "merged-on-top": { changes: ONE_REPO, settings: fixes(1), agents: ["gives-up-on-red", "always-red"] },
  /** What is merged fails on the trunk, however good it was before. */
  "merged-red": {
    changes: { ...ONE_REPO, pulls: { ...UNRULED, methods: ["merge"], redOnTrunk: 1 } },
    settings: { ...MAY_MERGE, AFK_LANDING: "pull-request", AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" },
  },
  /** The same, and the first merge has closed the issue by what its text says it fixes. */
  "merged-closing": {
    changes: { ...ONE_REPO, pulls: { ...UNRULED, methods: ["merge"], redOnTrunk: 1 } },
    settings: { ...MAY_MERGE, AFK_LANDING: "pull-request", AFK_FIX_FORWARD_MAX_ATTEMPTS: "2" },
    agents: ["keyword-in-pull"],
  },
  /** What is red turns green once it is run again, before its answer has left. */
  flaky: { changes: ONE_REPO, settings: fixes(1), agents: ["happy", "happy", "red-then-green"] },
  /** Two checks on every commit, the second of which begins late. */
  "late-check": { changes: ONE_REPO, settings: fixes(3), agents: ["happy", "red-then-green"] },
  /** CI of the trunk goes on with the newest push alone, and people push on top of what lands. */
  superseded: { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy", "red-then-green"] },
} satisfies Record<string, Special>;
