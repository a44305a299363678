import type { Door } from "../../functions/webhooks.ts";
import type { Signal } from "../../lib/core/types.ts";
import { githubHeaders, parseGithubDelivery } from "../../lib/forge/github/webhook.ts";

/** GitHub's door, open to every repo; what comes through is kept in `recorded`. */
export function githubDoor(secret: string, recorded: Signal[]): Door {
  return {
    headers: githubHeaders,
    secrets: [secret],
    disabled: [],
    isEnrolled: () => true,
    parse: parseGithubDelivery,
    async record(signal) {
      recorded.push(signal);
      return "accepted";
    },
  };
}
