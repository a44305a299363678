/** (node) `npm run setup` without its terminal: the real conversation, settings file and systems, and answers given beforehand. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { parseSettings } from "../../lib/core/config.ts";
import { secretsIn } from "../../lib/core/held-secrets.ts";
import { parseRepoKey } from "../../lib/core/types.ts";
import { examine } from "../../lib/doctor/doctor.ts";
import { type SetupTools, setUp } from "../../lib/doctor/setup/setup.ts";
import { writeDevVars } from "../../scripts/doctor/dev-vars-file.ts";
import { readInput } from "../../scripts/doctor/read-input.ts";
import type { World } from "./world.ts";

export class SetupRun {
  readonly dir = mkdtempSync(join(tmpdir(), "afk-setup-"));
  readonly path = join(this.dir, ".dev.vars");
  said: string[] = [];
  asked: string[] = [];
  looks = 0;
  /** What is done once a page waits for a browser. */
  browse: (url: string) => Promise<void> = async () => {};
  private secrets = 0;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    writeDevVars(this.path, world.env);
    onTestFinished(() => rmSync(this.dir, { recursive: true }));
  }

  get file(): string {
    return readFileSync(this.path, "utf8");
  }

  get mode(): string {
    return (statSync(this.path).mode & 0o777).toString(8);
  }

  /** What the machine does with settings that are to be kept. */
  write = (values: Record<string, string>): void => writeDevVars(this.path, values);

  async run(
    answer: (question: string) => boolean | Promise<boolean>,
    mode: "acts" | "dry run" = "acts",
  ): Promise<boolean> {
    this.said = [];
    this.asked = [];
    this.looks = 0;
    const browsing: Promise<void>[] = [];
    const tools: SetupTools = {
      examine: () => this.look(),
      ask: async (question) => {
        this.asked.push(question);
        return answer(question);
      },
      say: (line) => {
        this.said.push(line);
        const page = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0];
        if (line.includes("in a browser") && page !== undefined) browsing.push(this.browse(page));
      },
      cannotKeep: () => null,
      file: this.path,
      keep: (values) => this.write(values),
      close: (path) => chmodSync(path, 0o600),
      newSecret: () => {
        this.secrets += 1;
        return `generated-secret-number-${this.secrets}`;
      },
      fetch: (url, init) => fetch(url, init),
      organization: null,
      signal: AbortSignal.timeout(20_000),
    };
    const isDone = await setUp(tools, mode);
    await Promise.all(browsing);
    return isDone;
  }

  private async look(): ReturnType<SetupTools["examine"]> {
    this.looks += 1;
    const repo = parseRepoKey(this.world.repoKey);
    const input = readInput(this.dir, {}, repo === null ? [] : [repo]);
    return {
      findings: await examine({ ...this.world.doctorInput, ...input }),
      env: input.env,
      held: secretsIn(input.env),
      settings: parseSettings(input.env),
    };
  }
}
