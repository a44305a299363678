/** (node) The Slack stand-in on a port of 127.0.0.1. What it has recorded outlives a kill; `listen` brings it back. */
import type { Exchange } from "../exchange.ts";
import { type HttpServer, served } from "../http-server.ts";
import { FakeSlack, type FakeSlackOptions } from "./fake-slack.ts";

export interface SlackServerOptions extends Omit<FakeSlackOptions, "now"> {
  now?: () => number;
  onExchange?: (exchange: Exchange) => void;
}

export type SlackServer = HttpServer & { readonly slack: FakeSlack };

export function slackServer({ onExchange, ...options }: SlackServerOptions): SlackServer {
  const slack = new FakeSlack({ now: Date.now, ...options });
  slack.onExchange = onExchange ?? null;
  return Object.assign(
    served((request) => slack.handle(request)),
    { slack },
  );
}
