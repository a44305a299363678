/** What a person reads of things that end quietly: what it is, and how it is mended. Pure. */
import { MIB } from "./disk.ts";
import type { KeptNotice, Warning } from "./notices.ts";
import type { NoticeText } from "./run-notices.ts";

export function noticeText({ warning, state }: Pick<KeptNotice, "warning" | "state">): NoticeText {
  const { title, lines } = state === "stands" ? warned(warning) : mended(warning);
  return { title, lines, links: [] };
}

function warned(warning: Warning): { title: string; lines: string[] } {
  switch (warning.kind) {
    case "token": {
      const { system, days, endsAt } = warning;
      const left = days === 0 ? "ends within a day, or has ended" : `ends within ${days} days`;
      return {
        title: `AFK loop: the ${system} token ${left}`,
        lines: [
          `It ends at ${new Date(endsAt).toISOString().slice(0, 16).replace("T", " ")} UTC. Without it nothing is read and nothing starts.`,
          "Make a new one and set it; its end is read once a day, so this is called mended up to a day later.",
        ],
      };
    }
    case "webhook":
      return {
        title: `${warning.repo}: no webhook arrives`,
        lines: [
          "The sweep found an issue to start, and no delivery told of it, nor of what the loop wrote since.",
          "Look at the repo's webhook: its address, its secret, whether it is active, and its last deliveries. Until then everything is found by the sweep, a minute late.",
        ],
      };
    case "sweep":
      return {
        title: `AFK loop: no sweep ran for ${warning.minutes} minutes`,
        lines: [
          "What no webhook told was not found meanwhile. This very sweep tells it, so it runs again.",
          "If the loop was disarmed in that time this is why, and nothing is to mend. Else look at its cron trigger, or whether the machine slept.",
        ],
      };
    case "acts":
      return {
        title: `${warning.repo}: something waits for more than an hour`,
        lines: [
          "An act was decided and could not be performed yet; it is tried again. /healthz counts what waits, and the log says why.",
        ],
      };
    case "held":
      return {
        title: `${warning.repo}: nothing is done there any more`,
        lines: [`${warning.why}.`, "An agent that is at work there is not watched meanwhile."],
      };
    case "fleet":
      return {
        title: "AFK loop: nothing is done any more",
        lines: [`${warning.why}.`, "Agents that are at work are not watched meanwhile."],
      };
    case "quota":
      return {
        title: `AFK loop: ${warning.forge} leaves ${warning.remaining} of ${warning.limit} requests`,
        lines: ["Less than a tenth. When it is nearly spent nothing starts until it is whole again."],
      };
    case "disk":
      return {
        title: `AFK loop: the disk of its state is nearly full, ${Math.floor(warning.freeBytes / MIB)} MiB are free`,
        lines: [
          "Make room, or set DATA_DIR to a larger disk. What cannot be stored is not done, and a full disk stops the loop.",
        ],
      };
    default:
      return warning satisfies never;
  }
}

function mended(warning: Warning): { title: string; lines: string[] } {
  switch (warning.kind) {
    case "token":
      return { title: `AFK loop: the ${warning.system} token is good again`, lines: ["Its end is far off."] };
    case "webhook":
      return { title: `${warning.repo}: webhooks arrive again`, lines: ["A delivery came."] };
    case "sweep":
      return { title: "AFK loop: the sweep runs again", lines: ["It is on time."] };
    case "acts":
      return {
        title: `${warning.repo}: nothing waits for long any more`,
        lines: ["What was overdue is done or over."],
      };
    case "held":
      return { title: `${warning.repo}: its records can be read again`, lines: ["The loop goes on there."] };
    case "fleet":
      return { title: "AFK loop: its record can be read again", lines: ["The loop goes on."] };
    case "quota":
      return { title: `AFK loop: ${warning.forge} leaves enough requests again`, lines: ["A tenth or more."] };
    case "disk":
      return { title: "AFK loop: the disk of its state has room again", lines: ["More than a GiB is free."] };
    default:
      return warning satisfies never;
  }
}
