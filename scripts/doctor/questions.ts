/** Questions on a terminal. Anything but a clear yes is a no; so is the end of what is typed. */
import { createInterface } from "node:readline";

export interface Questions {
  ask(question: string): Promise<boolean>;
  close(): void;
}

export function questionsOn(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Questions {
  const lines = createInterface({ input, terminal: false })[Symbol.asyncIterator]();
  return {
    async ask(question) {
      output.write(`${question} [y/N] `);
      const { value, done } = await lines.next();
      if (done) output.write("\n");
      return /^y(es)?$/i.test(String(value ?? "").trim());
    },
    close() {
      void lines.return?.();
    },
  };
}
