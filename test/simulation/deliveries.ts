/** What the forge tells of on its own: deliveries, lost, doubled, late and forged, on their way to the worker's door. */
import worker from "../../functions/worker.ts";
import type { Delivery } from "../fakes/forge/stand-in.ts";
import { count } from "./coverage.ts";
import { Random } from "./random.ts";
import { DELAY_MS_NOTED, type World } from "./world.ts";

export class Deliveries {
  /** Deliveries so far, lost or not: what nobody was told of has not changed. */
  told = 0;
  onLost: (name: string) => void = () => {};
  onForged: (name: string) => void = () => {};
  /** By ledger: its dirty count when last a delivery was answered, until a reconcile begins. */
  readonly unseen = new Map<string, number>();
  private readonly world: World;
  private readonly forgers: Random;
  private readonly lookedAt = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
    this.forgers = new Random(world.seed, "forgers");
  }

  send(delivery: Delivery): void {
    this.told++;
    const { network } = this.world.random;
    const { lost, doubled, delayMsMax } = this.world.weather;
    const name = `${delivery.event}${delivery.action === null ? "" : `.${delivery.action}`} of ${delivery.repo}`;
    if (this.forgers.chance(0.02)) this.world.after(50, "", () => this.deliverForged(delivery, name), "aside");
    if (this.world.stormy && network.chance(lost)) {
      count("fault", "delivery-lost");
      return;
    }
    const delay = () => {
      const ms = this.world.stormy ? network.int(50, Math.max(50, delayMsMax)) : 100;
      if (ms > DELAY_MS_NOTED) count("fault", "delivery-delayed");
      return ms;
    };
    const times = this.world.stormy && network.chance(doubled) ? 2 : 1;
    if (times === 2) count("fault", "delivery-doubled");
    for (let time = 0; time < times; time++) this.world.after(delay(), "", () => this.deliver(delivery, name), "aside");
  }

  /** Anybody may write to the door; a wrong signature opens it for nobody. */
  private async deliverForged(delivery: Delivery, name: string): Promise<void> {
    const signed = await this.world.forge.signed(delivery);
    const headers = new Headers(signed.headers);
    for (const [header, value] of signed.headers)
      if (header.includes("signature")) headers.set(header, value.replace(/[0-9a-f]{64}/, "0".repeat(64)));
    const request = new Request(signed.url, { method: "POST", headers, body: await signed.text() });
    const context = {} as Parameters<NonNullable<typeof worker.fetch>>[2];
    const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], this.world.env, context);
    if (response.status !== 401) this.onForged(name);
  }

  private async deliver(delivery: Delivery, name: string): Promise<void> {
    const request = await this.world.forge.signed(this.world.renaming.delivered(delivery));
    const ledger = this.world.key(delivery.repo);
    const dirty = () => this.dirtyOf(ledger);
    const before = dirty();
    const context = {} as Parameters<NonNullable<typeof worker.fetch>>[2];
    const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], this.world.env, context);
    if (response.status !== 202) return this.world.tell(`      delivery ${name}: ${response.status}`);
    const { status } = (await response.json()) as { status: string };
    if (status !== "ignored" && status !== "disabled") {
      if (dirty() <= before) this.onLost(name);
      if (this.world.weather.alarmOverlaps === 0 && dirty() > (this.lookedAt.get(ledger) ?? 0))
        this.unseen.set(ledger, dirty());
    }
    const sight = this.world.played.sightOf(delivery);
    if (sight !== null && status === "accepted")
      this.world.issueBook.sights.add(`${delivery.repo}#${sight.number} ${sight.at}`);
  }

  /** A reconcile of it begins. */
  looksAt(name: string): void {
    this.unseen.delete(name);
    this.lookedAt.set(name, this.dirtyOf(name));
  }

  private dirtyOf(name: string): number {
    return (this.world.ledgers.disk(name).data.get("repo") as { dirty: number } | undefined)?.dirty ?? 0;
  }
}
