/** Whose word the loop takes, for a label as for a review: who may write, and bots that are on the list. Pure. */
import type { Config } from "./config.ts";
import type { Account, Forge, Permission } from "./types.ts";

export function mayWrite(permission: Permission): boolean {
  return permission === "admin" || permission === "write";
}

/** By the account's id: a name may pass to somebody else. */
export function isListedBot(config: Config, forge: Forge, account: Account): boolean {
  return account.kind === "bot" && config.trustedBots.includes(`${forge}:${account.id}`);
}
