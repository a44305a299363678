/** What outlives one client, in memory alone: whoever forgets it asks once more. */
import type { Forge } from "../core/types.ts";
import type { Brake } from "./brake.ts";
import type { Identity, Installations } from "./github/credentials.ts";
import { noInstallations } from "./github/credentials.ts";
import type { SuiteOrigins } from "./github/events.ts";
import type { OwnAccount } from "./http.ts";

export interface ForgeMemory {
  installations: Installations;
  /** Who we are on each forge. */
  accounts: { github: OwnAccount<Identity>; forgejo: OwnAccount<{ id: string }> };
  suites: SuiteOrigins;
  brakes: Record<Forge, Brake>;
}

export function emptyMemory(): ForgeMemory {
  return {
    installations: noInstallations(),
    accounts: { github: { identity: null }, forgejo: { identity: null } },
    suites: new Map(),
    brakes: { github: { until: 0 }, forgejo: { until: 0 } },
  };
}
