/** The port VersionProbe over HTTP. */
import { unread } from "../core/types.ts";
import type { VersionProbe } from "./version-probe.ts";

export function createVersionProbe(): VersionProbe {
  return {
    async version() {
      return unread("version pages are not read yet");
    },
  };
}
