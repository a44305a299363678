/**
 * A running system as its users meet it: it says which commit it runs, on pages of its own, and remembers which it ran
 * since when. It can be told to answer otherwise, as systems do that are deployed badly.
 *
 *   GET /version ........ the commit, alone
 *   GET /version.json ... {"commit": …, "service": "app"}
 *   GET /moved .......... the commit too: where a redirect leads
 */

/** `commit`: it says what it runs. `late`: later than anyone waits. */
export type Mood = "commit" | "redirect" | "late" | "garbage" | "down" | "endless";

export interface AskedOfApp {
  path: string;
  at: number;
  /** The commit it said it ran; null: it said none. */
  said: string | null;
}

export class FakeApp {
  mood: Mood = "commit";
  /** How it writes the commit it runs. */
  write: (sha: string) => string = (sha) => `${sha}\n`;
  readonly history: { sha: string; at: number }[] = [];
  readonly asked: AskedOfApp[] = [];
  onAsked: (asked: AskedOfApp) => void = () => {};
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** It runs this commit from now on. */
  deploy(sha: string): void {
    this.history.push({ sha, at: this.now() });
  }

  get running(): string | null {
    return this.history.at(-1)?.sha ?? null;
  }

  async handle(request: Request): Promise<Response> {
    // No one but its own people may know who asks: a caller that shows a token would give it to a stranger.
    for (const name of ["authorization", "cookie"])
      if (request.headers.has(name)) throw new Error(`the app was shown somebody's ${name}`);
    const { pathname } = new URL(request.url);
    const answered = this.answer(request, pathname);
    const said = answered instanceof Response ? null : answered.sha;
    const asked = { path: pathname, at: this.now(), said };
    this.asked.push(asked);
    this.onAsked(asked);
    if (!(answered instanceof Response)) return answered.response;
    if (this.mood === "late") await patience(request.signal);
    return answered;
  }

  private answer(request: Request, pathname: string): Response | { response: Response; sha: string } {
    if (request.method !== "GET") return new Response("GET, please\n", { status: 405 });
    if (!["/version", "/version.json", "/moved"].includes(pathname)) return new Response("not here\n", { status: 404 });
    const sha = this.running;
    if (this.mood === "down" || sha === null) return new Response("starting\n", { status: 503 });
    if (this.mood === "garbage") return new Response(`<html>build of ${sha}, all is well</html>\n`);
    if (this.mood === "endless") return new Response(`${sha}${" ".repeat(70_000)}`);
    if (this.mood === "late") return new Response(sha);
    if (this.mood === "redirect" && pathname !== "/moved")
      return new Response(null, { status: 302, headers: { location: new URL("/moved", request.url).href } });
    const text = pathname === "/version.json" ? JSON.stringify({ commit: sha, service: "app" }) : this.write(sha);
    return { response: new Response(text), sha };
  }
}

/** Until the caller has given up. */
function patience(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(new DOMException("aborted", "AbortError"));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}
