/** (node) The ntfy stand-in on a port of 127.0.0.1. What it has recorded outlives a kill; `listen` brings it back. */
import type { Exchange } from "../exchange.ts";
import { type HttpServer, served } from "../http-server.ts";
import { FakeNtfy, type FakeNtfyOptions } from "./fake-ntfy.ts";

export interface NtfyServerOptions extends Omit<FakeNtfyOptions, "now"> {
  now?: () => number;
  onExchange?: (exchange: Exchange) => void;
}

export type NtfyServer = HttpServer & { readonly ntfy: FakeNtfy };

export function ntfyServer({ onExchange, ...options }: NtfyServerOptions): NtfyServer {
  const ntfy = new FakeNtfy({ now: Date.now, ...options });
  ntfy.onExchange = onExchange ?? null;
  return Object.assign(
    served((request) => ntfy.handle(request)),
    { ntfy },
  );
}
