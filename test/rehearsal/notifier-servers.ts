import { httpServer } from "../fakes/http-server.ts";
export class SlackServer {
  messages: { ts: string; thread_ts?: string; text: string }[] = [];
  server = httpServer(async (request) => {
    const body = new URLSearchParams(await request.text());
    const url = new URL(request.url);
    const fields = Object.fromEntries(body);
    this.record({ path: url.pathname, fields });
    const ts = `${Date.now()}.${this.messages.length}`;
    if (url.pathname.endsWith("chat.postMessage"))
      this.messages.push({ ts, ...(fields.thread_ts ? { thread_ts: fields.thread_ts } : {}), text: fields.text ?? "" });
    return Response.json({ ok: true, ts: fields.ts ?? ts, channel: "C0AFK", messages: [] });
  });
  record: (e: unknown) => void = () => {};
  static async start(o: { token: string; channel: string; onExchange: (e: unknown) => void }) {
    const s = new SlackServer();
    s.record = o.onExchange;
    await s.server.listen();
    return s;
  }
  get url() {
    return this.server.url;
  }
  kill() {
    return this.server.kill();
  }
  restart() {
    return this.server.listen();
  }
}
export class NtfyServer {
  messages: unknown[] = [];
  record: (e: unknown) => void = () => {};
  server = httpServer(async (request) => {
    const body = JSON.parse(await request.text());
    this.record(body);
    this.messages.push(body);
    return Response.json({ id: "x" });
  });
  static async start(o: { token: string; topic: string; onExchange: (e: unknown) => void }) {
    const s = new NtfyServer();
    s.record = o.onExchange;
    await s.server.listen();
    return s;
  }
  get url() {
    return this.server.url;
  }
  kill() {
    return this.server.kill();
  }
  restart() {
    return this.server.listen();
  }
}
