/**
 * The control server, on loopback alone: `POST /sweep` runs the scheduled handler now. While disarmed that looks for nothing
 * new, and the answer says so.
 */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Standing } from "./health.ts";
import type { Sweeps } from "./sweeps.ts";

export interface Control {
  port: number;
  close(): Promise<void>;
}

export interface ControlOptions {
  sweep: Sweeps["sweep"];
  standing(): Promise<Standing>;
}

export async function startControl(port: number, { sweep, standing }: ControlOptions): Promise<Control> {
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url?.split("?")[0];
    if (path !== "/sweep") return answer(response, 404, { status: "not_found" });
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      return answer(response, 405, { status: "method_not_allowed" });
    }
    sweep().then(
      async (swept) => answer(response, swept.outcome === "ok" ? 200 : 500, { ...swept, ...note(await standing()) }),
      (error: Error) => answer(response, 503, { status: "unavailable", reason: error.message }),
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE" ? new Error(`AFK_CONTROL_PORT ${port} is in use`) : error;
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function note(standing: Standing): { note?: string } {
  return standing.type !== "disabled" ? {} : { note: `nothing new was looked for: disabled: ${standing.why}` };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
