/** (node) The forge of a stage: which stand-in is served, and which settings the loop needs to reach it. */
import { join } from "node:path";
import { validateExchange } from "../contracts/validate-exchange.ts";
import type { ForgeServer, ServedForge, ServerOptions } from "../fakes/forge/server.ts";
import type { ForgeName } from "../fakes/forge/stand-in.ts";
import { ForgejoServer } from "../fakes/forgejo/server.ts";
import { GitHubServer } from "../fakes/github/server.ts";

export const TOKENS: Record<ForgeName, string> = {
  github: "ghp_rehearsalrehearsalrehearsal01",
  forgejo: "4e6f7420612072656c206b65792c20727265686561",
};

/** Left out, it would mean the real one: whoever asks GitHub in a story of Forgejo meets nobody. */
const NOBODY = "http://127.0.0.1:9";

export interface StageForge {
  server: ForgeServer<ServedForge>;
  /** What the loop must be told to reach it. */
  settings: Record<string, string>;
}

export type ForgeOptions = Pick<ServerOptions, "onPush" | "deliver"> & {
  dir: string;
  hook: { url: string; secret: string };
  pusher: string;
  login: string;
  /** On a forge that has a CI of its own, one outside all the same, that posts statuses alone. */
  ci: "own" | "outside";
};

export async function openForge(
  name: ForgeName,
  { dir, hook, pusher, ci, ...rest }: ForgeOptions,
): Promise<StageForge> {
  const token = TOKENS[name];
  const common = { ...rest, root: join(dir, "git"), token, anonymousPusher: pusher, webhook: hook };
  switch (name) {
    case "github": {
      const server = await GitHubServer.start({ ...common, validate: validateExchange });
      const settings = { GITHUB_API_URL: server.url, GITHUB_TOKEN: token, GITHUB_WEBHOOK_SECRET: hook.secret };
      return { server, settings };
    }
    case "forgejo": {
      const server = await ForgejoServer.start({ ...common, ci: ci === "own" ? "actions" : "outside" });
      const settings = { FORGEJO_URL: server.url, FORGEJO_TOKEN: token, FORGEJO_WEBHOOK_SECRET: hook.secret };
      return { server, settings: { ...settings, GITHUB_API_URL: NOBODY } };
    }
    default:
      return name satisfies never;
  }
}
