/** What one invocation counts, in its memory, until it is handed over; see `lib/core/tally`. */
import { type Count, callResult, counted, emptyTally, type Tally } from "../lib/core/tally.ts";

type Send = (url: string, init: RequestInit) => Promise<Response>;

export class Meter {
  private tally: Tally = emptyTally;
  private made = 0;

  /** All that were made, those under way too, whoever was handed their counts. */
  readonly requests = (): number => this.made;

  readonly count = (one: Count): void => {
    this.tally = counted(this.tally, one);
  };

  /** The sum so far, given away: from here on it is counted from zero. Null: nothing was counted. */
  take(): Tally | null {
    const taken = this.tally;
    this.tally = emptyTally;
    return taken === emptyTally ? null : taken;
  }

  /** The same `fetch`, each of whose calls is counted, whatever becomes of it. */
  over(send: Send, system: string): Send {
    return async (url, init) => {
      this.made++;
      try {
        const response = await send(url, init);
        this.count({ type: "call", system, result: callResult(response.status) });
        return response;
      } catch (error) {
        this.count({ type: "call", system, result: callResult(null) });
        throw error;
      }
    };
  }
}
