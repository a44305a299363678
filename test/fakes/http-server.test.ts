import { afterEach, expect, test } from "vitest";
import { type Handler, type HttpServer, httpServer, RESET } from "./http-server.ts";

let server: HttpServer | null = null;

afterEach(async () => server?.kill());

async function serving(handler: Handler, onError?: (error: unknown) => void): Promise<string> {
  server = httpServer(handler, onError);
  return server.listen();
}

test("method, path, headers and bytes go in, status, headers and bytes come out", async () => {
  const url = await serving(async (request) => {
    const bytes = await request.arrayBuffer();
    const said = `${request.method} ${new URL(request.url).pathname} ${request.headers.get("x-said")}`;
    return new Response(bytes, { status: 201, headers: { "x-heard": said, link: "<a>; rel=next" } });
  });
  const response = await fetch(`${url}/a%20b`, {
    method: "PUT",
    body: new Uint8Array([0, 255]),
    headers: { "x-said": "hi" },
  });
  expect(response.status).toBe(201);
  expect(response.headers.get("x-heard")).toBe("PUT /a%20b hi");
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255]);
});

test("an answer without a body has none", async () => {
  const url = await serving(() => new Response(null, { status: 304 }));
  expect(await (await fetch(url)).text()).toBe("");
});

test("killed in mid-answer it breaks the connection, refuses, and comes back on its port", async () => {
  const reached = Promise.withResolvers<void>();
  let hangs = true;
  const url = await serving(({ signal }) => {
    if (!hangs) return new Response("back");
    reached.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("gone"))));
  });
  const asked = fetch(url);
  await reached.promise;
  await server?.kill();
  await expect(asked).rejects.toThrow();
  await expect(fetch(url)).rejects.toThrow();
  hangs = false;
  expect(await server?.listen()).toBe(url);
  expect(await (await fetch(url)).text()).toBe("back");
});

test("a caller that gives up aborts the request's signal", async () => {
  const given = Promise.withResolvers<string>();
  const reached = Promise.withResolvers<void>();
  const url = await serving(({ signal }) => {
    reached.resolve();
    signal.addEventListener("abort", () => given.resolve("given up"));
    return new Promise(() => {});
  });
  const caller = new AbortController();
  const asked = fetch(url, { signal: caller.signal });
  await reached.promise;
  caller.abort();
  await expect(asked).rejects.toThrow();
  expect(await given.promise).toBe("given up");
});

test("a handler that throws is a 500, and told", async () => {
  const told: unknown[] = [];
  const url = await serving(
    () => {
      throw new Error("broken");
    },
    (error) => told.push(error),
  );
  const response = await fetch(url);
  expect([response.status, await response.text()]).toEqual([500, "the stand-in threw: Error: broken"]);
  expect(told).toHaveLength(1);
});

test("a handler may break the connection", async () => {
  await expect(fetch(await serving(() => RESET))).rejects.toThrow();
});
