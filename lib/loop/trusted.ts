/** Whether an account's word is taken, for an order as for a review: asked live, save of a bot, which is on the list or not. */
import { isListedBot, mayWrite } from "../core/trust.ts";
import { type Account, known, type Reading } from "../core/types.ts";
import type { Loop } from "./loop.ts";

export async function isTrusted(loop: Loop, author: Account): Promise<Reading<boolean>> {
  if (author.kind !== "person") return known(isListedBot(loop.settings.config, loop.repo.forge, author));
  const permission = await loop.tracker.permission(author);
  return permission.known ? known(mayWrite(permission.value)) : permission;
}
