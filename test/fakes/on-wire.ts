import { type Exchange, type Fault, type Keeps, Wire } from "./exchange.ts";

/** A stand-in that is asked over one wire: a test may break it, read its log, or be told of each exchange. */
export abstract class OnWire {
  protected readonly wire: Wire;

  constructor({ now, keeps }: { now: () => number; keeps?: Keeps }) {
    this.wire = new Wire(now, keeps);
  }

  abstract handle(request: Request): Promise<Response>;

  get faults(): Fault[] {
    return this.wire.faults;
  }

  get log(): Exchange[] {
    return this.wire.log;
  }

  set onExchange(hook: ((exchange: Exchange) => void) | null) {
    this.wire.onExchange = hook;
  }
}
