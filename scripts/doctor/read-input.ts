/** The settings for doctor and setup, read exactly as `npm start` reads them. */
import { readFileSync, statSync } from "node:fs";
import tls from "node:tls";
import { parseSettings } from "../../lib/core/config.ts";
import { parseRepoKey, type RepoName } from "../../lib/core/types.ts";
import type { DoctorInput } from "../../lib/doctor/doctor.ts";
import { plainFetch } from "../../lib/doctor/plain-fetch.ts";
import { STATE_VERSION } from "../../lib/loop/migrations.ts";
import { ruleReader } from "../../lib/rules/afk-yml.ts";
import { NotBegun, UsageError } from "../flags.ts";
import { readCertificates } from "../start/ca.ts";
import { DevVarsError } from "../start/dev-vars.ts";
import { readSettings, settingsFile } from "../start/read-settings.ts";
import { SettingsError } from "../start/settings.ts";

const OTHERS = 0o077;

export function readInput(cwd: string, environment: NodeJS.ProcessEnv, repos: RepoName[]): DoctorInput {
  const { path } = settingsFile(environment, cwd);
  const settings = readSettings(environment, cwd);
  trust(readCertificates(settings.ca, cwd));
  return {
    env: settings.worker,
    warnings: settings.warnings,
    exposedFile: isExposed(path) ? path : null,
    dataDir: settings.dataDir,
    stateVersion: STATE_VERSION,
    repos,
    parseRules: (text) => ruleReader.parse(text, parseSettings(settings.worker).config.deployOrigins),
    fetch: plainFetch,
    now: Date.now,
  };
}

/** `--repo`, as often as one likes: looked at besides the enrolled ones, and enrolled by nobody. */
export function reposFrom(texts: string[]): RepoName[] {
  return texts.map((text) => {
    const repo = parseRepoKey(text);
    if (repo === null)
      throw new UsageError(`--repo: ${JSON.stringify(text)} is not github:owner/name or forgejo:owner/name`);
    return repo;
  });
}

/** What cannot be read as settings at all is told in one line. */
export function begun<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DevVarsError || error instanceof SettingsError) throw new NotBegun(error.message);
    throw error;
  }
}

export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function isExposed(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && process.platform !== "win32" && (found.mode & OTHERS) !== 0;
}

/** Beside the system's store, as workerd does. */
export function trust(certificates: string[]): void {
  if (certificates.length === 0) return;
  if (!("setDefaultCACertificates" in tls)) throw new NotBegun("FORGEJO_CA: to heed it takes Node 22.19 or newer");
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), ...certificates]);
}
