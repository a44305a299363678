/** One Forgejo server and our account on it: what both ports share, and what is asked of the server once. */
import type { SettingError } from "../../core/config.ts";
import { type Account, known, type Reading, type RepoName, unread } from "../../core/types.ts";
import { failureOf, readingOf } from "../results.ts";
import { createForgejoHttp, type ForgejoHttp, type ForgejoSettings, repoPath } from "./http.ts";
import * as payloads from "./payloads.ts";

export interface ForgejoClient {
  http: ForgejoHttp;
  /** Scheme and host, for links the server gives without them. */
  origin: string;
  /** Our own account, read once: it does not change under its token. */
  identity(): Promise<Reading<{ id: string }>>;
  /** Why this server cannot be served, for a person; null: it can. Read once, and again as long as it was not read. */
  unfit(): Promise<Reading<SettingError | null>>;
  /** A 404 is an answer about the thing asked for only where the repo itself can be read. */
  readable(repo: RepoName): Promise<Reading<true>>;
}

const MAJOR_MIN = 13;

export function createForgejoClient(settings: ForgejoSettings): ForgejoClient {
  const http = createForgejoHttp(settings);
  const account = settings.account ?? { identity: null };
  let unfit: SettingError | null | undefined;
  return {
    http,
    origin: new URL(settings.url).origin,
    async identity() {
      if (account.identity) return known(account.identity);
      const reading = readingOf(await http.request("GET /user"), payloads.user);
      if (reading.known) account.identity = reading.value;
      return reading;
    },
    async unfit() {
      if (unfit !== undefined) return known(unfit);
      const outcome = await http.request("GET /version");
      // A server that knows no such page is none of ours.
      if (failureOf(outcome)?.status === 404) unfit = unfitFor("no Forgejo answers there: it has no /api/v1/version");
      else {
        const reading = readingOf(outcome, payloads.version);
        if (!reading.known) return reading.auth ? reading : unread(`FORGEJO_URL shows no Forgejo: ${reading.why}`);
        const problem = versionProblem(reading.value.version);
        unfit = problem === null ? null : unfitFor(problem);
      }
      return known(unfit);
    },
    async readable(repo) {
      const reading = readingOf(await http.request(`GET ${repoPath(repo)}`), payloads.repo);
      if (!reading.known) return reading;
      // With its issues switched off a repo answers 404 for each of them.
      return reading.value.has_issues === false
        ? { known: false, why: "the repo's issues are switched off", auth: false }
        : known(true);
    },
  };
}

function unfitFor(reason: string): SettingError {
  return { setting: "FORGEJO_URL", reason };
}

/** Forgejo names the Gitea it is compatible with behind its own version: `15.0.3+gitea-1.22.0`. */
export function versionProblem(version: string): string | null {
  const [, major, compatible] = /^(\d{1,4})\.[^+]*(\+gitea-.+)?$/.exec(version) ?? [];
  const shown = version.replace(/[^\w.+-]/g, "?").slice(0, 40);
  if (major === undefined || compatible === undefined)
    return `the server there is not a Forgejo: it calls itself version ${shown}`;
  return Number(major) < MAJOR_MIN
    ? `the Forgejo there is too old: it is version ${shown}, and ${MAJOR_MIN} is the oldest that serves`
    : null;
}

export function isAccount(account: Pick<Account, "id">, identity: { id: string }): boolean {
  return account.id === identity.id;
}
