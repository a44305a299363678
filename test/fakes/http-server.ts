/**
 * (node) Serves a `Request -> Response` handler over real HTTP on 127.0.0.1, and can die like a process does:
 *
 *   listen(port) .... serves; port 0 takes a free one and keeps it for the next listen
 *   kill() .......... every socket is destroyed in mid-answer, the port refuses; resolves when the port is free
 *   a handler that throws ........ 500 in plain text, and `onError` is told
 *   a handler that gives `reset` . the socket is destroyed without an answer
 *   a handler that never resolves. the caller waits until it gives up; `request.signal` then aborts
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ConnectionReset } from "./exchange.ts";

/** Given in place of a response: the connection breaks. */
export const RESET: unique symbol = Symbol("reset");

export type Handler = (request: Request) => Promise<Response | typeof RESET> | Response | typeof RESET;

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  listen(port?: number): Promise<string>;
  kill(): Promise<void>;
}

const HOST = "127.0.0.1";

export function httpServer(handler: Handler, onError: (error: unknown) => void = () => {}): HttpServer {
  let server: Server | null = null;
  let port = 0;
  const sockets = new Set<Socket>();

  async function listen(wanted: number = port): Promise<string> {
    if (server !== null) throw new Error(`already listening on ${port}`);
    const fresh = createServer((incoming, outgoing) => {
      answer(handler, incoming, outgoing, port).catch((error: unknown) => {
        onError(error);
        if (outgoing.headersSent) outgoing.destroy();
        else outgoing.writeHead(500, { "content-type": "text/plain" }).end(`the stand-in threw: ${String(error)}`);
      });
    });
    fresh.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      fresh.once("error", reject);
      fresh.listen(wanted, HOST, resolve);
    });
    server = fresh;
    port = (fresh.address() as AddressInfo).port;
    return `http://${HOST}:${port}`;
  }

  async function kill(): Promise<void> {
    const dying = server;
    if (dying === null) return;
    server = null;
    const closed = new Promise<void>((resolve) => dying.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    get url() {
      return `http://${HOST}:${port}`;
    },
    get port() {
      return port;
    },
    listen,
    kill,
  };
}

/** A stand-in whose faults throw ConnectionReset. */
export function served(
  handle: (request: Request) => Promise<Response>,
  onError?: (error: unknown) => void,
): HttpServer {
  return httpServer(async (request) => {
    try {
      return await handle(request);
    } catch (error) {
      if (error instanceof ConnectionReset) return RESET;
      throw error;
    }
  }, onError);
}

async function answer(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
): Promise<void> {
  const body = await bytesOf(incoming);
  if (body === null) return;
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const response = await handler(requestOf(incoming, body, port, gone.signal));
  if (response === RESET) {
    incoming.socket.destroy();
    return;
  }
  if (outgoing.destroyed) return;
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!("content-length" in headers) && response.status !== 204 && response.status !== 304)
    headers["content-length"] = String(bytes.byteLength);
  outgoing.writeHead(response.status, headers).end(incoming.method === "HEAD" ? undefined : bytes);
}

/** Null when the caller broke off before the whole body had come. */
async function bytesOf(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  } catch {
    return null;
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function requestOf(
  incoming: IncomingMessage,
  body: Uint8Array<ArrayBuffer>,
  port: number,
  signal: AbortSignal,
): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct))
    for (const each of value ?? []) headers.append(name, each);
  const method = incoming.method ?? "GET";
  const bodiless = method === "GET" || method === "HEAD";
  return new Request(new URL(incoming.url ?? "/", `http://${HOST}:${port}`), {
    method,
    headers,
    signal,
    ...(bodiless ? {} : { body }),
  });
}
