/** `npm start` before a Forgejo whose certificate no public CA signed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { armedEnv } from "../rehearsal/arm-child.ts";

const root = join(import.meta.dirname, "../..");
const certificate = join(root, "test/fixtures/tls/localhost.cert.pem");

/** A Gitea behind a self-signed certificate: what it is called shows whether it was reached. */
async function selfSigned(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const tls = { cert: readFileSync(certificate), key: readFileSync(certificate.replace(".cert.", ".key.")) };
  const server = createServer(tls, (request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/api/v1/version" ? { version: "1.24.0" } : []));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `https://localhost:${typeof address === "object" ? address?.port : 0}`, asked };
}

/** Starts the loop, sweeps once, and tells what /healthz says of the settings. */
async function sweptErrors(url: string, ca: Record<string, string>): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "afk-tls-"));
  const settings = {
    GITHUB_API_URL: "http://127.0.0.1:9",
    FORGEJO_URL: url,
    FORGEJO_TOKEN: "t",
    AFK_SWEEP_SECONDS: "3600",
    PORT: "0",
    AFK_CONTROL_PORT: "0",
    ...ca,
  };
  const env = { PATH: process.env.PATH ?? "", ...armedEnv(settings, ["forgejo:acme/app"]) };
  const loop = spawn(process.execPath, [join(root, "scripts/start.ts")], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(loop, "close");
  try {
    const urls: Record<string, string> = {};
    for await (const line of createInterface({ input: loop.stdout })) {
      const [, what, where] = /^afk: (listening|control) on (\S+)$/.exec(line) ?? [];
      if (what && where) urls[what] = where;
      if (/^afk: (armed|disabled)/.test(line)) break;
    }
    expect(await (await fetch(`${urls.control}/sweep`, { method: "POST" })).json()).toMatchObject({ outcome: "ok" });
    const health = (await (await fetch(`${urls.listening}/healthz`)).json()) as { settings: { errors: unknown } };
    return health.settings.errors;
  } finally {
    loop.kill("SIGTERM");
    await exit;
    rmSync(folder, { recursive: true, force: true });
  }
}

it("reaches it with FORGEJO_CA, and says that it is no Forgejo", async () => {
  const { url, asked } = await selfSigned();
  expect(await sweptErrors(url, { FORGEJO_CA: certificate })).toEqual([
    { setting: "FORGEJO_URL", reason: expect.stringContaining("not a Forgejo: it calls itself version 1.24.0") },
  ]);
  expect(asked).toContain("/api/v1/version");
});

it("does not trust it without", async () => {
  const { url, asked } = await selfSigned();
  expect(await sweptErrors(url, {})).toEqual([]);
  expect(asked).toEqual([]);
});
