/**
 * A forge whose record of an issue is behind the issue itself: who asks for it again soon is told what he was told before.
 * Nothing else that it says is late.
 */
interface Clock {
  readonly nowMs: number;
}

/** So long a record may be behind. */
const BEHIND_MS = 15_000;

const RECORD = /\/issues\/\d+\/(events|timeline)$/;

export class LateRecords {
  private readonly clock: Clock;
  private readonly told = new Map<string, { at: number; answer: Response }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async answer(method: string, path: string, ask: () => Promise<Response>): Promise<Response> {
    if (method !== "GET" || !RECORD.test(path.split("?")[0] ?? "")) return ask();
    const { nowMs } = this.clock;
    const kept = this.told.get(path);
    if (kept && nowMs < kept.at + BEHIND_MS) return kept.answer.clone();
    const answer = await ask();
    // Unchanged since it was told, so what was told is as good as new.
    const fresh = answer.status === 304 ? kept?.answer : answer.clone();
    if (fresh && fresh.status === 200) this.told.set(path, { at: nowMs, answer: fresh });
    return answer;
  }
}
