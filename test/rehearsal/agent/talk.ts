/** (node) The agent's line to its server: newline-JSON over stdio. The server gone means the agent goes too. */
import { createInterface } from "node:readline";
import * as z from "zod";

const Turn = z.object({
  type: z.literal("turn"),
  threadId: z.string(),
  turnId: z.string(),
  text: z.string(),
  workspaceRoot: z.string(),
  first: z.boolean(),
});

const Answer = z.object({
  type: z.literal("answer"),
  answers: z.record(z.string(), z.unknown()).optional(),
  decision: z.string().optional(),
});

export type Ending = { type: "done"; text: string } | { type: "fail"; text: string };
export type Turn = z.infer<typeof Turn>;

const waiting: ((line: string) => void)[] = [];
const unread: string[] = [];

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const next = waiting.shift();
    if (next) next(line);
    else unread.push(line);
  })
  .on("close", () => process.exit(3));

function nextLine(): Promise<string> {
  const line = unread.shift();
  return line === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(line);
}

export async function heardTurn(): Promise<Turn> {
  return Turn.parse(JSON.parse(await nextLine()));
}

export function activity(detail: string): void {
  say({ type: "activity", detail });
}

/** One request to a model, had there been one. */
export function spend(input: number, output: number): void {
  say({ type: "spend", input, output });
}

/** Waits for the answer, which must be keyed by the question's own text. */
export async function ask(question: string): Promise<string> {
  say({ type: "ask", questions: [{ question, header: "Choice", options: [{ label: "Yes" }, { label: "No" }] }] });
  const { answers } = Answer.parse(JSON.parse(await nextLine()));
  const answer = answers?.[question];
  if (typeof answer !== "string") throw new Error(`no answer under the question's text: ${JSON.stringify(answers)}`);
  return answer;
}

export async function askApproval(detail: string): Promise<string> {
  say({ type: "approval", detail });
  const { decision } = Answer.parse(JSON.parse(await nextLine()));
  if (decision === undefined) throw new Error("no decision on the approval asked for");
  return decision;
}

/** The last word: the process ends when it is out. */
export function end(ending: Ending): void {
  process.stdout.write(`${JSON.stringify(ending)}\n`, () => process.exit(0));
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
