/** What setup says of its acts: what it asks, what it would do, and what is left to a person. */
import type { Settings } from "../../core/config.ts";
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
      return `${HOOK_DEEDS[offer.wrong]} ${repoKey(offer.repo)}${offer.wrong === "missing" ? ", to" : " at"} ${offer.url} (${secretWords(offer.repo.forge, offer.wrong)})`;
    case "app":
      return "make a GitHub App for this loop, in your browser, and keep its id, key and webhook secret in the settings file";
    case "private_key":
      return "convert GITHUB_APP_PRIVATE_KEY to PKCS#8, in the settings file";
    case "file_mode":
      return `let nobody else read ${offer.path}`;
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

/** A look that fails does not mend anything. */
export function lostOf(offers: Offer[]): string[] {
  if (offers.length === 0) return [];
  return [
    "Not offered, for it could not be looked at any more; run setup again later:",
    ...offers.map((offer) => `  ${deedOf(offer)}`),
  ];
}

/** After acts all that is not well is a person's: what was declined or did not go, too. A dry run has told its offers. */
export function leftOf(findings: Finding[], mode: "acts" | "dry run"): string[] {
  const left = findings.filter(({ state, offers }) => state !== "OK" && (mode === "acts" || offers.length === 0));
  if (left.length === 0) return [];
  return [
    "Left to you:",
    ...left.map(({ state, code, subject, what, mend }) => `  ${state} ${code} ${subject}: ${what} -> ${mend}`),
  ];
}

/** The loop's own token is best one that may not do this. */
export function lendingOf({ type, why }: { type: string; why?: string }, offer: Offer): string[] {
  if (type === "done" || !/^40[134] /.test(why ?? "") || (offer.type !== "label" && offer.type !== "hook")) return [];
  const token = offer.repo.forge === "github" ? "GITHUB_TOKEN" : "FORGEJO_TOKEN";
  const who = offer.type === "label" ? "somebody with write access" : "an administrator of the repo";
  return [`  lend setup a token of ${who}, for this run alone: ${token}=… npm run setup`];
}

/** Secrets outlive a deploy; a file on this machine is not read there. */
export function keptOf(settings: string[], file: string): string[] {
  if (settings.length === 0) return [];
  return [
    `Written to ${file}. A loop that runs does not know it yet: start it again.`,
    "On Cloudflare that file is not read; set there besides, each with its value from it:",
    ...settings.map((setting) => `  npx wrangler secret put ${setting}`),
  ];
}

/** What is left to do by hand; none of it is ever done here. */
export function armingOf({ config, errors }: Settings): string[] {
  const isWrong = (setting: string) => errors.some((error) => error.setting === setting);
  const steps = [
    ...errors.map(({ setting, reason }) => `correct ${setting}: ${reason}`),
    ...(config.allowlist.length > 0 || isWrong("AFK_ALLOWLIST") ? [] : ["name the exact repos in AFK_ALLOWLIST"]),
    ...(!config.killSwitch || isWrong("AFK_KILL_SWITCH") ? [] : ["clear the kill switch, AFK_KILL_SWITCH"]),
  ];
  if (steps.length === 0) return ["These settings arm the loop already."];
  return [
    "Nothing is armed by these settings. What would arm a loop is left to you, by hand (README.md#arm-it):",
    ...steps.map((step, at) => `  ${at + 1}. ${step}`),
  ];
}
