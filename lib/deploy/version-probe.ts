/** The port to a running system's own word on which commit it runs. */
import type { Reading } from "../core/types.ts";

export interface VersionProbe {
  /**
   * What the page says, trimmed: its whole text, or the string under `key` of its JSON object. Unread where it does not
   * answer 200 within a call's time and 64 KiB; redirects are not followed, and no token goes along.
   */
  version(url: string, key: string | null): Promise<Reading<string>>;
}
