/** What setup says of its acts: what it asks, what it would do, and what is left to a person. */
import { repoKey } from "../../core/types.ts";
import type { Finding } from "../finding.ts";
import { SECRETS } from "../hook-events.ts";
import type { Offer } from "../offers.ts";

/** As the end of "Shall I" and of "would". */
export function deedOf(offer: Offer): string {
  switch (offer.type) {
    case "label":
      return `make the label ${offer.name} in ${repoKey(offer.repo)}`;
    case "hook":
      return `${HOOK_DEEDS[offer.wrong]} ${repoKey(offer.repo)}${offer.wrong === "missing" ? `, to ${offer.url}` : ""} (${secretWords(offer.repo.forge, offer.wrong)})`;
    case "app":
      return "make a GitHub App for this loop, in your browser, and keep its id, key and webhook secret in .dev.vars";
    case "private_key":
      return "convert GITHUB_APP_PRIVATE_KEY to PKCS#8, in .dev.vars";
    case "file_mode":
      return "let nobody else read .dev.vars";
    default:
      return offer satisfies never;
  }
}

const HOOK_DEEDS = {
  missing: "make a webhook of",
  shape: "mend the webhook of",
  secret: "give our secret to the webhook of",
  double: "delete the older ones of the webhooks of",
} as const;

function secretWords(forge: "github" | "forgejo", wrong: keyof typeof HOOK_DEEDS): string {
  return wrong === "double"
    ? "nothing else changes"
    : `with the secret in ${SECRETS[forge]}, generated where it is empty`;
}

export function leftOf(findings: Finding[]): string[] {
  const left = findings.filter(({ state, offers }) => state !== "OK" && offers.length === 0);
  if (left.length === 0) return [];
  return [
    "Left to you:",
    ...left.map(({ state, code, subject, what, mend }) => `  ${state} ${code} ${subject}: ${what} -> ${mend}`),
  ];
}

/** Secrets outlive a deploy; a file on this machine is not read there. */
export function cloudflareOf(settings: string[]): string[] {
  if (settings.length === 0) return [];
  return [
    "Written to .dev.vars, which `npm start` reads. On Cloudflare set them besides, each with its value from there:",
    ...settings.map((setting) => `  npx wrangler secret put ${setting}`),
  ];
}

/** Neither is ever done here. */
export function armingOf(isArmed: boolean): string[] {
  if (isArmed) return ["The loop is armed already."];
  return [
    "Nothing is armed. Two acts would arm it, both by hand (README, Arming):",
    "  1. name the exact repos in AFK_ALLOWLIST",
    "  2. clear the kill switch, AFK_KILL_SWITCH",
  ];
}
