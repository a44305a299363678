import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Control, startControl } from "../../scripts/start/control.ts";
import type { Standing } from "../../scripts/start/health.ts";
import type { Room } from "../../scripts/start/room.ts";
import { createSweeps, type Sweeps } from "../../scripts/start/sweeps.ts";

/** A trampoline that answers only when told, and counts how many asked. */
let asked: ServerResponse[] = [];
let told: unknown[] = [];
let room: Room | null = null;
let next = Promise.withResolvers<void>();
const trampoline = createServer(async (request, response) => {
  told.push(await json(request));
  asked.push(response);
  next.resolve();
  next = Promise.withResolvers();
});
let sweeps: Sweeps;
let control: Control;
let isAway = false;
let standing: Standing;

beforeEach(async () => {
  asked = [];
  told = [];
  isAway = false;
  standing = { type: "armed", repos: 1 };
  await new Promise<void>((resolve) => trampoline.listen(0, "127.0.0.1", resolve));
  const { port } = trampoline.address() as AddressInfo;
  sweeps = createSweeps(
    () => (isAway ? null : port),
    async () => room,
  );
  control = await startControl(0, { sweep: sweeps.sweep, standing: async () => standing });
});

afterEach(async () => {
  sweeps.stop();
  await control.close();
  trampoline.closeAllConnections();
  await new Promise((resolve) => trampoline.close(resolve));
});

async function answer(outcome = "ok"): Promise<void> {
  if (asked.length === 0) await next.promise;
  asked.shift()?.end(JSON.stringify({ outcome, ms: 7 }));
}

async function post(path = "/sweep", method = "POST") {
  const response = await fetch(`http://127.0.0.1:${control.port}${path}`, { method });
  return { status: response.status, body: (await response.json()) as unknown };
}

it("answers POST /sweep with what the handler did", async () => {
  const answered = post();
  await answer();
  expect(await answered).toEqual({ status: 200, body: { outcome: "ok", ms: 7 } });
});

it("says that a disarmed loop was not looked through", async () => {
  standing = { type: "disabled", why: "kill switch is on (AFK_KILL_SWITCH)" };
  const answered = post();
  await answer();
  const note = "nothing new was looked for: disabled: kill switch is on (AFK_KILL_SWITCH)";
  expect(await answered).toEqual({ status: 200, body: { outcome: "ok", ms: 7, note } });
});

it("tells how much room the disk has, as it is then, and nothing where the machine does not say", async () => {
  for (const [now, body] of [
    [{ freeBytes: 7 }, { freeBytes: 7 }],
    [null, {}],
  ] as const) {
    room = now;
    const answered = post();
    await answer();
    await answered;
    expect(told.at(-1)).toEqual(body);
  }
});

it("says when the handler threw", async () => {
  const answered = post();
  await answer("exception");
  expect(await answered).toEqual({ status: 500, body: { outcome: "exception", ms: 7 } });
});

it("refuses other methods and other paths", async () => {
  expect((await post("/sweep", "GET")).status).toBe(405);
  expect((await post("/other")).status).toBe(404);
});

it("says why when workerd is away, or goes away during the sweep", async () => {
  isAway = true;
  expect(await post()).toEqual({ status: 503, body: { status: "unavailable", reason: "workerd is not running" } });
  isAway = false;
  const waiting = post();
  await next.promise;
  asked.shift()?.destroy();
  expect((await waiting).status).toBe(503);
});

it("never sweeps twice at once: who asks during one shares the next", async () => {
  const first = sweeps.sweep();
  const second = sweeps.sweep();
  const third = sweeps.sweep();
  await next.promise;
  expect(asked).toHaveLength(1);
  await answer();
  await first;
  await answer();
  expect(await Promise.all([second, third])).toHaveLength(2);
  expect(asked).toHaveLength(0);
});

it("sweeps at once, for what was missed while nothing ran", async () => {
  sweeps.every(600, () => {});
  await next.promise;
  expect(asked).toHaveLength(1);
  await answer();
});

it("sweeps again and again, and tells a failure once until it is over", async () => {
  const told: string[] = [];
  sweeps.every(0.001, (reason) => told.push(reason));
  for (const outcome of ["exception", "exception", "ok", "exception", "ok"]) await answer(outcome);
  expect(told).toEqual(["the handler ended with exception", "the handler ended with exception"]);
});
