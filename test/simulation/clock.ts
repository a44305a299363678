/**
 * (node) The globals of a simulation: time, chance, ids and the network are the seed's. Timers never fire on their own:
 * a call that hangs is ended by the simulated network, which moves the clock by the call's deadline.
 */
import { hash } from "node:crypto";
import { hmac } from "./light-crypto.ts";
import { installWeb } from "./web.ts";

export interface Given {
  now: () => number;
  random: () => number;
  fetch: (request: Request) => Promise<Response>;
  say: (line: string) => void;
}

const RealDate = globalThis.Date;
const realLog = console.log;
let given: Given | null = null;

class SimulatedDate extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(SimulatedDate.now());
    else super(...(args as [number]));
  }

  static override now(): number {
    return given === null ? RealDate.now() : Math.floor(given.now());
  }
}

/** Once a process; `simulated` switches between seeds. */
export function installGlobals(): void {
  installWeb();
  globalThis.Date = SimulatedDate as DateConstructor;
  const realRandom = Math.random;
  Math.random = () => (given === null ? realRandom() : given.random());
  AbortSignal.timeout = () => new AbortController().signal;
  globalThis.fetch = ((input: string | URL | Request, init?: RequestInit) => {
    if (given === null) throw new Error("no simulation is running: nothing may leave");
    const { signal: _never, ...rest } = init ?? {};
    return given.fetch(new Request(input, rest));
  }) as typeof fetch;
  // Off the thread pool: what ends first must not depend on the machine.
  crypto.subtle.digest = async (_algorithm, data) => {
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data;
    return new Uint8Array(hash("sha256", new Uint8Array(bytes as ArrayBuffer), "buffer")).buffer;
  };
  installHmac();
  crypto.randomUUID = () => {
    const part = (digits: number) =>
      Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join("");
    return `${part(8)}-${part(4)}-4${part(3)}-a${part(3)}-${part(12)}` as `${string}-${string}-${string}-${string}-${string}`;
  };
  console.log = (...words: unknown[]) => (given === null ? realLog(...words) : given.say(String(words[0])));
}

/** The one kind of key that is asked for in here, off the thread pool too. */
function installHmac(): void {
  const keys = new WeakMap<object, { secret: Uint8Array; hash: string }>();
  const bytesOf = (data: unknown) => new Uint8Array(data as ArrayBuffer);
  const importKey = async (format: string, data: unknown, algorithm: { name: string; hash: string }) => {
    if (format !== "raw" || algorithm.name !== "HMAC") throw new TypeError(`no ${algorithm.name} key in a simulation`);
    const key = {};
    keys.set(key, { secret: bytesOf(data), hash: algorithm.hash.replace("-", "").toLowerCase() });
    return key;
  };
  const sign = async (_algorithm: string, key: object, data: unknown) => {
    const known = keys.get(key);
    if (!known) throw new TypeError("a key of another world");
    return new Uint8Array(hmac(known.hash, known.secret, bytesOf(data))).buffer;
  };
  Object.assign(crypto.subtle, { importKey, sign });
}

export async function simulated<T>(world: Given, work: () => Promise<T>): Promise<T> {
  given = world;
  try {
    return await work();
  } finally {
    given = null;
  }
}
