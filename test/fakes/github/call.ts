/** What a route of the stand-in is handed. */
import type { Answer } from "./answer.ts";
import type { Account } from "./state.ts";
import type { World } from "./world.ts";

export type Call = {
  world: World;
  viewer: Account;
  token: TokenKind;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
};

export type TokenKind = "fine-grained" | "other";

export type Handler = (call: Call) => Answer | Promise<Answer>;
export type Routes = Record<string, Handler>;
