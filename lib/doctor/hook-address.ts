/** Which hooks are meant for a loop, by their address. */
import type { Forge } from "../core/types.ts";

/** Where a loop takes a forge's deliveries. */
function hookPath(forge: Forge): string {
  return `/webhooks/${forge}`;
}

export function hookUrl(publicUrl: string, forge: Forge): string {
  return `${publicUrl.replace(/\/+$/, "")}${hookPath(forge)}`;
}

/** Meant for some loop, wherever that is. */
export function isHookOf(forge: Forge, url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname.replace(/\/+$/, "").endsWith(hookPath(forge));
}
