/** All scenarios, in the order they are told. */

import type { Scenario } from "./scenario.ts";
import { blame } from "./scenarios/blame.ts";
import { deployers } from "./scenarios/deployers.ts";
import { deploys } from "./scenarios/deploys.ts";
import { evidence } from "./scenarios/evidence.ts";
import { failing } from "./scenarios/failing.ts";
import { gates } from "./scenarios/gates.ts";
import { landing } from "./scenarios/landing.ts";
import { memory } from "./scenarios/memory.ts";
import { proposals } from "./scenarios/proposals.ts";
import { rare } from "./scenarios/rare.ts";
import { spending } from "./scenarios/spending.ts";
import { unreadable } from "./scenarios/unreadable.ts";
import { weather } from "./scenarios/weather.ts";

export const SCENARIOS: Scenario[] = [
  ...landing,
  ...gates,
  ...failing,
  ...weather,
  ...unreadable,
  ...rare,
  ...memory,
  ...proposals,
  ...evidence,
  ...blame,
  ...spending,
  ...deploys,
  ...deployers,
];
