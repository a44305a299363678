/**
 * Makes what doctor finds missing: labels, the webhook with a generated secret, a GitHub App, a key's format, `.dev.vars`.
 * Asks before each act; run again it offers only what is still missing. It never arms, and ends with the acts that would.
 */
import { randomBytes } from "node:crypto";
import { chmodSync } from "node:fs";
import { parseSettings } from "../lib/core/config.ts";
import { secretsIn } from "../lib/core/held-secrets.ts";
import { examine } from "../lib/doctor/doctor.ts";
import { plainFetch } from "../lib/doctor/plain-fetch.ts";
import { type SetupTools, setUp } from "../lib/doctor/setup/setup.ts";
import { cannotWrite, writeDevVars } from "./doctor/dev-vars-file.ts";
import { questionsOn } from "./doctor/questions.ts";
import { begun, readInput, reposFrom } from "./doctor/read-input.ts";
import { command, readFlags } from "./flags.ts";
import { asHere } from "./start/parts.ts";
import { settingsFile } from "./start/read-settings.ts";

const USAGE = ["[--dry-run] [--repo github:owner/name …] [--org NAME]"];

const SECRET_BYTES = 32;
const OWN_MODE = 0o600;
/** A code of GitHub's lives an hour. */
const PAGE_MS = 3_600_000;

async function main(): Promise<number> {
  const flags = readFlags({
    "dry-run": { type: "boolean", default: false },
    repo: { type: "string", multiple: true },
    org: { type: "string" },
  });
  const cwd = process.cwd();
  const repos = reposFrom(flags.repo ?? []);
  const file = settingsFile(process.env, cwd);
  begun(() => readInput(cwd, process.env, repos));
  const questions = questionsOn(process.stdin, process.stdout);
  const tools: SetupTools = {
    async examine() {
      const input = begun(() => readInput(cwd, process.env, repos));
      const settings = parseSettings(input.env);
      return { findings: await examine(input), env: input.env, held: secretsIn(input.env), settings };
    },
    ask: (question) => questions.ask(question),
    say: (line) => console.log(asHere(line)),
    cannotKeep: (names) => cannotKeep(names) ?? cannotWrite(file.path, names),
    file: file.name,
    keep: (values) => writeDevVars(file.path, values),
    close: (path) => chmodSync(path, OWN_MODE),
    newSecret: () => randomBytes(SECRET_BYTES).toString("hex"),
    fetch: plainFetch,
    organization: flags.org ?? null,
    signal: AbortSignal.timeout(PAGE_MS),
  };
  try {
    return (await setUp(tools, flags["dry-run"] ? "dry run" : "acts")) ? 0 : 1;
  } finally {
    questions.close();
  }
}

/** The environment wins over the file: what it holds, even empty, the file cannot set. */
function cannotKeep(names: string[]): string | null {
  const taken = names.find((name) => process.env[name] !== undefined);
  return taken === undefined
    ? null
    : `${taken} is set in the environment, which wins over the settings file: take it out there`;
}

await command("setup", USAGE, main);
// The page's deadline would keep us.
process.exit();
