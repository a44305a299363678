/** (node) The GitHub stand-in as a process would be: the API at the root, git under /git. */
import type { Server } from "node:http";
import { ForgeServer, type ServerOptions } from "../forge/server.ts";
import { FakeGitHub, type FakeGitHubOptions } from "./fake-github.ts";

export type { SentDelivery } from "../forge/server.ts";

export type GitHubServerOptions = ServerOptions &
  Pick<FakeGitHubOptions, "token" | "login" | "app" | "webhook" | "validate">;

const WAYS = {
  gitPath: "/git",
  deliveryMs: 10_000,
  realm: "GitHub",
  refusal: (ref: string) => [
    `error: GH006: Protected branch update failed for ${ref}.`,
    `error: Required status check \\"test\\" is expected.`,
  ],
};

export class GitHubServer extends ForgeServer<FakeGitHub> {
  static async start(options: GitHubServerOptions): Promise<GitHubServer> {
    return new GitHubServer(options, await ForgeServer.listening(options.port));
  }

  private constructor(options: GitHubServerOptions, server: Server) {
    const { token, login, app, webhook, validate, now = Date.now } = options;
    super(options, server, WAYS, ({ url, git, deliver }) => {
      const given = {
        ...(login === undefined ? {} : { login }),
        ...(app === undefined ? {} : { app }),
        ...(webhook === undefined ? {} : { webhook }),
        ...(validate === undefined ? {} : { validate }),
      };
      const urls = { apiUrl: url, htmlUrl: url, cloneUrl: (name: string) => `${url}/git/${name}.git` };
      return new FakeGitHub({ now, git, token, deliver, ...given, ...urls });
    });
  }

  get github(): FakeGitHub {
    return this.forge;
  }
}
