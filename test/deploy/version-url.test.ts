/** The version page against every kind of answer. */
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { createVersionProbe } from "../../lib/deploy/version-url.ts";
import { FakeApp } from "../fakes/app/fake-app.ts";

const SHA = "c0ffee00".repeat(5);
const PAGE = "https://app.test/version";
const JSON_PAGE = "https://app.test/version.json";

function probing(answer: () => Response | Promise<Response>) {
  const calls: { url: string; init: RequestInit }[] = [];
  const probe = createVersionProbe({
    callMs: 50,
    fetch: async (url, init) => {
      calls.push({ url, init });
      return answer();
    },
  });
  return { probe, calls };
}

function appProbe(app: FakeApp) {
  return createVersionProbe({ callMs: 50, fetch: (url, init) => app.handle(new Request(url, init)) });
}

function running(): FakeApp {
  const app = new FakeApp(() => 0);
  app.deploy(SHA);
  return app;
}

describe("what the page says", () => {
  it("is its whole text, trimmed", async () => {
    expect(await appProbe(running()).version(PAGE, null)).toEqual({ known: true, value: SHA });
  });

  it("is the text under one key of its JSON object", async () => {
    expect(await appProbe(running()).version(JSON_PAGE, "commit")).toEqual({ known: true, value: SHA });
  });

  it("is asked for without a token, without following, uncached", async () => {
    const { probe, calls } = probing(() => new Response(SHA));
    await probe.version(PAGE, null);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.url).toBe(PAGE);
    const { signal, ...init } = calls[0]?.init ?? {};
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(init).toEqual({
      method: "GET",
      redirect: "manual",
      headers: { accept: "text/plain, */*;q=0.5", "cache-control": "no-cache" },
    });
  });
});

describe("a page is not read", () => {
  const bytes = (...list: number[]) => new Response(new Uint8Array(list));
  it.each<[string, () => Response, string | null, string]>([
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "/moved" } }), null, "answers 302"],
    ["an error", () => new Response(SHA, { status: 500 }), null, "answers 500"],
    ["another success", () => new Response(SHA, { status: 203 }), null, "answers 203"],
    ["no content", () => new Response(null, { status: 204 }), null, "answers 204"],
    ["bytes that are no UTF-8", () => bytes(0xc3, 0x28), null, "answers no UTF-8"],
    ["a character that is cut off", () => bytes(0x61, 0xc3), null, "answers no UTF-8"],
    ["no JSON", () => new Response(SHA), "commit", "answers no JSON object with its key"],
    ["JSON without the key", () => Response.json({ sha: SHA }), "commit", "answers no JSON object with its key"],
    ["an inherited key", () => Response.json({}), "toString", "answers no JSON object with its key"],
    ["a key of a list", () => Response.json([SHA]), "commit", "answers no JSON object with its key"],
    ["JSON null", () => Response.json(null), "commit", "answers no JSON object with its key"],
    ["no text under the key", () => Response.json({ commit: 1234567 }), "commit", "answers no text under its key"],
  ])("%s", async (_name, answer, key, why) => {
    expect(await probing(answer).probe.version(PAGE, key)).toEqual({ known: false, why, auth: false });
  });

  it("when its URL holds credentials, and then nothing is asked", async () => {
    const { probe, calls } = probing(() => new Response(SHA));
    const read = await probe.version("https://ada:secret@app.test/version", null);
    expect(read).toMatchObject({ known: false, why: "is not asked: its URL holds credentials" });
    expect(calls).toEqual([]);
  });

  it("when nobody answers, and the error is not quoted", async () => {
    const { probe } = probing(() => Promise.reject(new Error("connect to https://app.test/?token=secret failed")));
    expect(await probe.version(PAGE, null)).toMatchObject({ known: false, why: "gives no answer" });
  });

  it("when the answer comes too late", async () => {
    const app = running();
    app.mood = "late";
    expect(await appProbe(app).version(PAGE, null)).toMatchObject({ known: false, why: "gives no answer in time" });
  });
});

describe("the size of a page", () => {
  const sized = (size: number) => new Response(SHA + " ".repeat(size - SHA.length));

  it("may be 64 KiB", async () => {
    expect(await probing(() => sized(65_536)).probe.version(PAGE, null)).toEqual({ known: true, value: SHA });
  });

  it("may not be a byte more", async () => {
    const read = await probing(() => sized(65_537)).probe.version(PAGE, null);
    expect(read).toMatchObject({ known: false, why: "answers more than 64 KiB" });
  });

  it("is not read to its end when it has none", async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(16_384));
      },
      cancel() {
        cancelled = true;
      },
    });
    await probing(() => new Response(endless)).probe.version(PAGE, null);
    expect(cancelled).toBe(true);
    expect(pulled).toBeLessThan(8);
  });
});

it("over a real connection a redirect is not followed and a body that stops short is late", async () => {
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/version") response.writeHead(302, { location: "/moved" }).end();
    else if (request.url === "/slow") response.writeHead(200).write("c0ff");
    else response.end(SHA);
  });
  const asked: string[] = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const probe = createVersionProbe({ fetch: (url, init) => fetch(url, init), callMs: 200 });
  expect(await probe.version(`${origin}/version`, null)).toMatchObject({ why: "answers 302" });
  expect(await probe.version(`${origin}/slow`, null)).toMatchObject({ why: "gives no answer in time" });
  expect(await probe.version(`${origin}/moved`, null)).toEqual({ known: true, value: SHA });
  expect(asked).toEqual(["/version", "/slow", "/moved"]);
});
