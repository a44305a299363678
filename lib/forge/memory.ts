/** What outlives one client. It need not be stored: whoever forgets it asks once more. */
import { type Identity, type Installations, noInstallations } from "./github/credentials.ts";
import type { SuiteOrigins } from "./github/events.ts";
import type { OwnAccount } from "./http.ts";

export interface ForgeMemory {
  installations: Installations;
  /** Who we are on each forge. */
  accounts: { github: OwnAccount<Identity>; forgejo: OwnAccount<{ id: string }> };
  suites: SuiteOrigins;
}

export function emptyMemory(): ForgeMemory {
  return {
    installations: noInstallations(),
    accounts: { github: { identity: null }, forgejo: { identity: null } },
    suites: new Map(),
  };
}
