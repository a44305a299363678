/** The control server, on loopback alone: `POST /sweep` runs the scheduled handler now. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Sweeps } from "./sweeps.ts";

export interface Control {
  port: number;
  close(): Promise<void>;
}

export async function startControl(port: number, sweeps: Pick<Sweeps, "sweep">): Promise<Control> {
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url?.split("?")[0];
    if (path !== "/sweep") return answer(response, 404, { status: "not_found" });
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      return answer(response, 405, { status: "method_not_allowed" });
    }
    sweeps.sweep().then(
      (swept) => answer(response, swept.outcome === "ok" ? 200 : 500, swept),
      (error: Error) => answer(response, 503, { status: "unavailable", reason: error.message }),
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE" ? new Error(`AFK_CONTROL_PORT ${port} is in use`) : error;
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
