/**
 * (node) The deliveries of the crash rounds: each sent once, as GitHub does, and what was answered. Right after a kill
 * those answered shortly before are sent again: the loop must know them. One it does not know was acknowledged before
 * it was durable, and is lost.
 */
import { z } from "zod";
import { type Delivery, signedRequest } from "../fakes/github/webhooks.ts";

const DELIVERY_MS = 10_000;
/** A delivery older than this had its ledger written to many times since. */
const FRESH_MS = 500;
const PROBES_MAX = 12;
const toldSchema = z.object({ status: z.string() });

interface Acked {
  delivery: Delivery;
  at: number;
}

export class Mail {
  /** Deliveries answered 2xx. */
  acked = 0;
  /** Those that were answered so, and were unknown after the kill. */
  readonly forgotten: string[] = [];
  onAcked: (delivery: Delivery) => void = () => {};
  /** Set when there is somebody to tell. */
  url = "";
  private readonly secret: string;
  private fresh: Acked[] = [];

  constructor(secret: string) {
    this.secret = secret;
  }

  async send(delivery: Delivery): Promise<void> {
    if (this.url === "") return;
    const told = await this.post(delivery);
    if (told === null) return;
    this.acked++;
    const now = Date.now();
    this.fresh = this.fresh.filter(({ at }) => now - at < FRESH_MS);
    // What is ignored is not written down.
    if (told === "accepted") this.fresh.push({ delivery, at: now });
    this.onAcked(delivery);
  }

  /** What was acknowledged up to now, to be asked for after the kill. Not of repos whose silence is the point. */
  atTheKill(isSilent: (repo: string) => boolean): Delivery[] {
    const now = Date.now();
    const asked = this.fresh.filter(({ at, delivery }) => now - at < FRESH_MS && !isSilent(delivery.repo));
    this.fresh = [];
    return asked.slice(-PROBES_MAX).map(({ delivery }) => delivery);
  }

  async askAgain(deliveries: Delivery[]): Promise<void> {
    for (const delivery of deliveries) {
      const told = await this.post(delivery);
      if (told !== "duplicate")
        this.forgotten.push(`delivery ${delivery.id} (${delivery.event} of ${delivery.repo}): then "${told}"`);
    }
  }

  /** The answer's status word; null: it was not answered 2xx. */
  private async post(delivery: Delivery): Promise<string | null> {
    try {
      const request = await signedRequest({ ...delivery, url: this.url }, this.secret);
      const response = await fetch(request, { signal: AbortSignal.timeout(DELIVERY_MS) });
      const text = await response.text();
      return response.ok ? toldSchema.parse(JSON.parse(text)).status : null;
    } catch {
      // Nobody was there, or he died before he had answered: lost, as it is with GitHub.
      return null;
    }
  }
}
