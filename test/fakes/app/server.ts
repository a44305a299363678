/** (node) The running system on a port of 127.0.0.1. What it has recorded outlives a kill; `listen` brings it back. */
import { type HttpServer, served } from "../http-server.ts";
import { type AskedOfApp, FakeApp } from "./fake-app.ts";

export type AppServer = HttpServer & { readonly app: FakeApp };

export function appServer(onAsked: (asked: AskedOfApp) => void = () => {}): AppServer {
  const app = new FakeApp(Date.now);
  app.onAsked = onAsked;
  return Object.assign(
    served((request) => app.handle(request)),
    { app },
  );
}
