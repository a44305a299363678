/** All checks, in the order a person would ask: pure functions of what was read. */
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { forgeChecks } from "./forges.ts";
import { hostChecks } from "./host.ts";
import { notifierChecks } from "./notifiers.ts";
import { settingsChecks } from "./settings.ts";
import { t3Checks } from "./t3.ts";

export function judge(facts: Facts): Finding[] {
  return [settingsChecks, forgeChecks, t3Checks, notifierChecks, hostChecks].flatMap((check) => check(facts));
}
