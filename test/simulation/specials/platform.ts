/** What the loop runs on: its alarms, its storage, its settings, and another loop beside it. */
import { fixes, LONG_RUN, ONE_REPO, type Special, UNRULED } from "./special.ts";

export const PLATFORM = {
  /** The platform gives up an alarm, as it does after too many failures; no delivery wakes its ledger. */
  "alarm-dropped": { changes: { ...ONE_REPO, lost: 1 } },
  /** The fleet's object dies at its writes. */
  "fleet-dies": { changes: { repos: 2, issues: 4, weatherMs: 900_000 }, agents: ["happy", "no-push"] },
  /** More repos than a sweep can read, and no delivery. */
  "many-repos": { changes: { ...ONE_REPO, issues: 1, lost: 1 }, agents: ["happy"] },
  /** Another loop stamps at the same moment. */
  "two-loops": { changes: { ...ONE_REPO, issues: 3, latencyMsMax: 1500 } },
  /** Something wakes each ledger every second, and pull requests lie there for people. */
  "never-quiet": {
    changes: { repos: 1, issues: 5, weatherMs: 480_000, pulls: { ...UNRULED, deeds: 0 } },
    settings: { ...LONG_RUN, AFK_LANDING: "pull-request", AFK_MAX_OPEN_PULLS: "4", AFK_COALESCE_SECONDS: "0.2" },
    agents: ["happy"],
  },
  /** A setting is mistyped about when the change turns red. */
  mistyped: { changes: { ...ONE_REPO, issues: 1 }, settings: fixes(2), agents: ["always-red", "red-then-green"] },
} satisfies Record<string, Special>;
