/** (node) The Forgejo stand-in as a process would be: the API under /api/v1, git under the repositories' own names. */
import type { Server } from "node:http";
import { ForgeServer, type ServerOptions } from "../forge/server.ts";
import { FakeForgejo, type FakeForgejoOptions } from "./fake-forgejo.ts";
import { PUSH_REFUSAL } from "./pulls.ts";

export type ForgejoServerOptions = ServerOptions &
  Pick<FakeForgejoOptions, "token" | "login" | "scopes" | "webhook" | "rootUrl" | "ci">;

/** DELIVER_TIMEOUT of app.ini is five seconds. */
const WAYS = {
  gitPath: "",
  deliveryMs: 5000,
  realm: "Gitea",
  refusal: PUSH_REFUSAL,
};

export class ForgejoServer extends ForgeServer<FakeForgejo> {
  static async start(options: ForgejoServerOptions): Promise<ForgejoServer> {
    return new ForgejoServer(options, await ForgeServer.listening(options.port));
  }

  private constructor(options: ForgejoServerOptions, server: Server) {
    const { token, login, scopes, webhook, ci, now = Date.now } = options;
    super(options, server, WAYS, ({ url, git, deliver }) => {
      const given = {
        ...(login === undefined ? {} : { login }),
        ...(scopes === undefined ? {} : { scopes }),
        ...(webhook === undefined ? {} : { webhook }),
        ...(ci === undefined ? {} : { ci }),
      };
      return new FakeForgejo({ now, git, token, deliver, rootUrl: options.rootUrl ?? url, ...given });
    });
  }

  get forgejo(): FakeForgejo {
    return this.forge;
  }
}
