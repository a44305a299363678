/** All that there is to meet, by the names under which it is counted. */
import { GATES } from "../../lib/core/gate-table.ts";
import { CHARACTERS, PROPOSERS } from "./characters.ts";
import { ODD } from "./ci-lives.ts";
import { type Covered, rowName } from "./coverage.ts";
import { DEPLOY_FATES } from "./deploys.ts";
import { MEDDLING } from "./meddling.ts";
import { MISHAPS } from "./network.ts";
import { WAYS } from "./phases.ts";
import { FOLLOWING, REVIEWING } from "./review-deeds.ts";
import { SPECIAL_NAMES } from "./specials.ts";
import { TROUBLES } from "./troubles.ts";
import { SYSTEMS } from "./weather.ts";

const ROWS = Array.from({ length: 25 }, (_, index) => index + 1);

const PLATFORM = [
  "alarm-late",
  "alarm-twice",
  "crash-around-a-call",
  "crash-at-a-write",
  "delivery-delayed",
  "delivery-doubled",
  "delivery-lost",
  "label-stays",
  "machine-down",
  "plays-forgejo",
  "plays-github",
  "outside-ci",
  "overlap-of-others",
  "overlap-of-itself",
  "sweep-missed",
];

const faults = [
  ...PLATFORM,
  ...SYSTEMS.flatMap((system) => [`outage-${system}`, ...MISHAPS.map(([mishap]) => `${system}-${mishap}`)]),
  ...new Set([...CHARACTERS, ...PROPOSERS].map(([character]) => `agent-${character}`)),
  ...ODD.map(([life]) => `ci-${life}`),
  ...MEDDLING.map(([deed]) => `people-${deed}`),
  ...SPECIAL_NAMES.map((name) => `special-${name}`),
  "executor-reports-none",
  "model-priced",
  "model-unpriced",
  "people-pause",
  "people-pause-all",
  "people-retry",
  "people-retry-as-strangers",
  "people-stop",
  "people-stop-as-strangers",
  "people-release",
  "people-edit-after-retry",
  "retry-started",
  "repo-renamed-asked",
  "budget-met",
  "people-rerun-ci",
  ...[...REVIEWING.map(([deed]) => deed), ...FOLLOWING].map((deed) => `people-${deed}`),
  "pulls-unruled",
  "pulls-ruled",
  "pulls-queued",
  ...WAYS.map(([way]) => `phases-${way}`),
  "ci-flaky",
  "repair-ordered",
  ...DEPLOY_FATES.map((fate) => `deploy-${fate}`),
  ...TROUBLES.map(([trouble]) => `trouble-${trouble}`),
];

const named = (kind: Covered, names: string[]) => names.map((name) => `${kind} ${name}`);

export const DECLARED = [
  ...named("row", ROWS.map(rowName)),
  ...named(
    "gate",
    GATES.map(({ code }) => code),
  ),
  ...named("fault", faults),
];
