/** The adapter on one side, the stateful Forgejo on the other. */
import { onTestFinished } from "vitest";
import type { RepoName } from "../../../lib/core/types.ts";
import { createForgejoCiWatcher } from "../../../lib/forge/forgejo/ci-watcher.ts";
import { createForgejoClient } from "../../../lib/forge/forgejo/client.ts";
import type { ForgejoSettings } from "../../../lib/forge/forgejo/http.ts";
import { createForgejoProposals } from "../../../lib/forge/forgejo/proposals.ts";
import { createForgejoTracker } from "../../../lib/forge/forgejo/tracker.ts";
import type { Call } from "../../../lib/forge/http.ts";
import type { FakeForgejoOptions } from "../../fakes/forgejo/fake-forgejo.ts";
import { API, REPO, Scene, TOKEN } from "../../fakes/forgejo/scene.ts";
import { answersInTurn } from "../answers-in-turn.ts";

export { REPO, TOKEN };
export const URL_ROOT = API.replace("/api/v1", "");
export const OURS: RepoName = { forge: "forgejo", owner: "octo", name: "widgets" };

export function stage(settings: Partial<ForgejoSettings> = {}, fake: Partial<FakeForgejoOptions> = {}) {
  const scene = new Scene(fake);
  const calls: Call[] = [];
  const client = createForgejoClient({
    url: URL_ROOT,
    token: TOKEN,
    callMs: 1000,
    now: () => scene.nowMs,
    fetch: (url, init) => scene.forgejo.handle(new Request(url, init)),
    onCall: (call) => calls.push(call),
    ...settings,
  });
  onTestFinished(() => scene.forgejo.assertContract());
  return {
    scene,
    people: scene.forgejo.people,
    actions: scene.forgejo.actions,
    outside: scene.forgejo.outside,
    faults: scene.forgejo.faults,
    client,
    tracker: createForgejoTracker(client, OURS),
    watcher: createForgejoCiWatcher(client, OURS),
    pulls: scene.forgejo.pulls,
    proposals: createForgejoProposals(client, OURS),
    /** `METHOD status path` of every call since the last look, without the repo's own prefix. */
    heard: () =>
      calls
        .splice(0)
        .map(({ method, status, path }) => `${method} ${status} ${path.replace(`/api/v1/repos/${REPO}`, "")}`),
  };
}

/** A client that gets these answers, whatever it asks, in this order; the last again and again. */
export function answering(...answers: (Response | Error)[]) {
  const { asked, fetch } = answersInTurn(answers);
  const client = createForgejoClient({
    url: URL_ROOT,
    token: TOKEN,
    callMs: 1000,
    fetch,
  });
  return {
    asked,
    client,
    tracker: createForgejoTracker(client, OURS),
    watcher: createForgejoCiWatcher(client, OURS),
    proposals: createForgejoProposals(client, OURS),
  };
}
