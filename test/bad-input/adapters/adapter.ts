/**
 * One row of the table of adapters. A new adapter is a new file here and one entry in `adapters.ts`: a stand-in that
 * answers as the real server does, and every operation of the port with the shape of what it may give.
 */
import type * as z from "zod";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Operation<Port> {
  name: string;
  run: (port: Port) => Promise<unknown>;
  /** Whatever the server says, this comes back. */
  gives: z.ZodType;
}

export interface Stage<Port> {
  /** A fresh stand-in, in the same state each time. */
  serve: Fetch;
  /** The adapter under test, calling through `fetch`. */
  adapter: (fetch: Fetch) => Port;
  operations: Operation<Port>[];
}

export interface Adapter {
  name: string;
  operations: string[];
  /** Runs one operation on a fresh stage; `between` may spoil each answer on its way. */
  play: (operation: string, between: Between) => Promise<{ given: unknown; gives: z.ZodType; answers: number }>;
}

/** An answer of the stand-in on its way to the adapter; `index` from 0. */
export type Between = (answer: Response, index: number) => Response | Promise<Response>;

export async function adapter<Port>(name: string, open: () => Promise<Stage<Port>>): Promise<Adapter> {
  const { operations } = await open();
  return {
    name,
    operations: operations.map((operation) => operation.name),
    async play(wanted, between) {
      const stage = await open();
      const operation = stage.operations.find((one) => one.name === wanted);
      if (!operation) throw new Error(`${name} has no operation ${wanted}`);
      let answers = 0;
      const port = stage.adapter(async (url, init) => between(await stage.serve(url, init), answers++));
      const given = await operation.run(port);
      return { given, gives: operation.gives, answers };
    },
  };
}
