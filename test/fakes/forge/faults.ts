/**
 * Faults a scenario asks for: requests that match get something else than the truth. The first fault added that matches
 * answers.
 */
export type SeenRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
};

/** `serve` answers as if there were no fault, with all its effects. */
export type FaultResponse = (request: SeenRequest, serve: () => Promise<Response>) => Response | Promise<Response>;

/**
 * A number: that status, without an effect. "reset": the connection breaks before any effect; "reset-after-effect": it
 * breaks after the effect, so that the caller cannot know. "hang": no answer, until the caller gives up.
 */
export type Fault = number | "hang" | "reset" | "reset-after-effect" | FaultResponse;

export type AddedFault = { hits: number; remove: () => void };

/** The connection broke: a server destroys the socket, an in-process caller sees its fetch rejected. */
export class ConnectionReset extends Error {
  constructor() {
    super("the forge stand-in broke the connection");
  }
}

type Entry = AddedFault & { matches: (request: SeenRequest) => boolean; fault: Fault; left: number };

export class Faults {
  private entries: Entry[] = [];

  add(matches: (request: SeenRequest) => boolean, fault: Fault, times = Number.POSITIVE_INFINITY): AddedFault {
    const remove = (): void => {
      this.entries = this.entries.filter((each) => each !== entry);
    };
    const entry: Entry = { matches, fault, left: times, hits: 0, remove };
    this.entries.push(entry);
    return entry;
  }

  clear(): void {
    this.entries = [];
  }

  /** The fault for a request, counted as used. */
  take(request: SeenRequest): Fault | undefined {
    const entry = this.entries.find((each) => each.left > 0 && each.matches(request));
    if (entry === undefined) return undefined;
    entry.left -= 1;
    entry.hits += 1;
    return entry.fault;
  }
}

export async function faulty(
  fault: Fault,
  request: SeenRequest,
  serve: () => Promise<Response>,
  signal: AbortSignal,
): Promise<Response> {
  if (typeof fault === "number") return Response.json({ message: `fault ${fault}` }, { status: fault });
  if (typeof fault === "function") return fault(request, serve);
  switch (fault) {
    case "reset":
      throw new ConnectionReset();
    case "reset-after-effect":
      await serve();
      throw new ConnectionReset();
    case "hang":
      return new Promise((_, reject) => {
        const giveUp = (): void => reject(new ConnectionReset());
        if (signal.aborted) giveUp();
        else signal.addEventListener("abort", giveUp);
      });
    default:
      return fault satisfies never;
  }
}
