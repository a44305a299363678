/** (node) Who plays beside the real forge: the real loop under the real launcher, and a T3 stand-in whose agent is harmless. */
import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { RepoName } from "../../../lib/core/types.ts";
import { ProcessRunner } from "../../fakes/t3/process-runner.ts";
import { type T3Server, t3Server } from "../../fakes/t3/server.ts";
import { LoopProcess } from "../loop-process.ts";
import type { GitGate } from "./git-gate.ts";
import { childEnv, type Own } from "./settings.ts";

export interface Standing {
  answer: string;
  /** The first gate that does not pass. */
  gate: { code: string; state: string; fact: string } | null;
}

const WHY_MS = 30_000;
const why = z.object({
  answer: z.string(),
  gates: z.array(z.object({ gate: z.string(), state: z.string(), fact: z.string() })),
});
const word = z.object({ type: z.enum(["done", "fail"]), text: z.string().default("") });

export class Company {
  readonly loop: LoopProcess;
  private readonly t3: T3Server;
  private readonly boardToken = randomBytes(16).toString("hex");
  private readonly t3Token = randomBytes(16).toString("hex");
  private readonly repo: RepoName;

  static async gather(
    own: Own,
    at: { dir: string; script: string; gate: GitGate; say: (line: string) => void },
  ): Promise<Company> {
    const company = new Company(own, at);
    const { t3, boardToken, t3Token } = company;
    await t3.listen();
    try {
      await company.loop.start(
        childEnv(own, {
          ...{ DATA_DIR: join(at.dir, "data"), AFK_BOARD_TOKEN: boardToken },
          ...{ T3_URL: t3.url, T3_TOKEN: t3Token, T3_WORKSPACE_BASE: join(at.dir, "workspaces") },
        }),
      );
    } catch (error) {
      await company.leave();
      throw error;
    }
    return company;
  }

  private constructor(own: Own, at: { dir: string; script: string; gate: GitGate; say: (line: string) => void }) {
    const { dir, script, gate, say } = at;
    this.repo = own.target.repo;
    this.loop = new LoopProcess(dir);
    const runner = new ProcessRunner({
      ...{ script, countersDir: join(dir, "agents"), env: gate.env },
      onLine: (_turn, line) => {
        const said = word.safeParse(JSON.parse(line));
        if (said.success) say(`  the agent: ${said.data.text}`);
      },
    });
    this.t3 = t3Server({
      ...{ token: this.t3Token, environmentId: "env-rehearsal", runner },
      onExchange: (entry) => appendFileSync(join(dir, "t3.jsonl"), `${JSON.stringify(entry)}\n`),
    });
  }

  get secrets(): string[] {
    return [this.boardToken, this.t3Token];
  }

  threads(): number {
    return this.t3.t3.dispatched.threads().length;
  }

  turns(): number {
    return this.t3.t3.dispatched.turns().length;
  }

  /** What the loop threw, of which there must be nothing. */
  thrown(): string | undefined {
    return this.loop.lines.find((line) => /"code":"thrown"|[Uu]ncaught|TypeError|ReferenceError/.test(line));
  }

  /** What the loop itself says of an issue; null while it cannot be asked. Its word is shown and decides nothing. */
  async standing(issue: number): Promise<Standing | null> {
    const { forge, owner, name } = this.repo;
    try {
      const answer = await fetch(`${this.loop.url}/api/repos/${forge}/${owner}/${name}/issues/${issue}`, {
        headers: { authorization: `Bearer ${this.boardToken}` },
        signal: AbortSignal.timeout(WHY_MS),
      });
      const { answer: heard, gates } = why.parse(await answer.json());
      const stopped = gates.find(({ state }) => state === "fail" || state === "unknown");
      const gate = stopped === undefined ? null : { code: stopped.gate, state: stopped.state, fact: stopped.fact };
      return { answer: heard, gate };
    } catch {
      return null;
    }
  }

  /** The loop first, so that nothing is started anew; then T3, and its agents with it. */
  async leave(): Promise<void> {
    await this.loop.stop();
    await this.loop.close();
    await this.t3.close();
  }
}
