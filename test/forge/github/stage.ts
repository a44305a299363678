/** The adapter on one side, the stateful GitHub on the other, every exchange between them checked against GitHub's description. */
import { onTestFinished } from "vitest";
import type { Quota } from "../../../lib/core/quota.ts";
import type { RepoName } from "../../../lib/core/types.ts";
import { createGithubCiWatcher } from "../../../lib/forge/github/ci-watcher.ts";
import { createGithubClient, type GithubSettings } from "../../../lib/forge/github/client.ts";
import { createGithubProposals } from "../../../lib/forge/github/proposals.ts";
import { createGithubTracker } from "../../../lib/forge/github/tracker.ts";
import type { CachedAnswer, Call, HttpCache } from "../../../lib/forge/http.ts";
import type { FakeGitHubOptions } from "../../fakes/github/fake-github.ts";
import { REPO, Scene, TOKEN } from "../../fakes/github/scene.ts";
import { answersInTurn } from "../answers-in-turn.ts";

export { REPO, TOKEN };
export const API = "https://api.github.test";
export const OURS: RepoName = { forge: "github", owner: "octo", name: "widgets" };

export function stage(settings: Partial<GithubSettings> = {}, fake: Partial<FakeGitHubOptions> = {}) {
  const scene = new Scene(fake);
  const calls: Call[] = [];
  const quotas: Quota[] = [];
  const all: GithubSettings = {
    apiUrl: API,
    credentials: { type: "token", token: TOKEN },
    callMs: 1000,
    now: () => scene.nowMs,
    fetch: (url, init) => scene.github.handle(new Request(url, init)),
    onCall: (call) => calls.push(call),
    onQuota: (quota) => quotas.push(quota),
    ...settings,
  };
  const client = createGithubClient(all);
  onTestFinished(() => scene.github.assertContract());
  return {
    scene,
    settings: all,
    people: scene.github.people,
    ci: scene.github.ci,
    pulls: scene.github.pulls,
    faults: scene.github.faults,
    client,
    tracker: createGithubTracker(client, OURS),
    watcher: createGithubCiWatcher(client, OURS),
    proposals: createGithubProposals(client, OURS),
    quotas,
    /** `METHOD status path` of every call since the last look, without the repo's own prefix. */
    heard: () =>
      calls.splice(0).map(({ method, status, path }) => `${method} ${status} ${path.replace(`/repos/${REPO}`, "")}`),
  };
}

/** A client that gets these answers, whatever it asks, in this order; the last again and again. */
export function answering(...answers: (Response | Error)[]) {
  const { asked, fetch } = answersInTurn(answers);
  const client = createGithubClient({
    apiUrl: API,
    credentials: { type: "token", token: TOKEN },
    callMs: 1000,
    fetch,
  });
  return {
    asked,
    client,
    tracker: createGithubTracker(client, OURS),
    watcher: createGithubCiWatcher(client, OURS),
    proposals: createGithubProposals(client, OURS),
  };
}

export class MemoryCache implements HttpCache {
  readonly entries = new Map<string, CachedAnswer>();

  get(key: string): CachedAnswer | null {
    return this.entries.get(key) ?? null;
  }

  put(key: string, entry: CachedAnswer): void {
    this.entries.set(key, entry);
  }
}
