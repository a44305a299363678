/** T3 Code: whether it is there, can be driven, lets us, and knows what to run and where. */
import { type RepoName, repoKey } from "../../core/types.ts";
import { samePath } from "../../executor/t3-project.ts";
import { isTooOld, OLDEST_VERSION } from "../../executor/t3-version.ts";
import type { Facts, ForgeFacts, SettingsFacts, T3Facts } from "../facts.ts";
import { type Finding, fail, ok, unknown } from "../finding.ts";
import { nearing } from "./forges.ts";
import { unsetPair } from "./unset-pair.ts";

const T3 = "t3";
const NEEDED = ["orchestration:read", "orchestration:operate"];
const AGAIN = "make a new token (docs/t3.md#a-token) and set T3_TOKEN";

export function t3Checks({ t3, settings, forges }: Facts): Finding[] {
  if (t3 === null) return [fail("t3-reachable", T3, ...unsetPair(["T3_URL", "T3_TOKEN"], settings.set, "docs/t3.md"))];
  if (!t3.environment.known) {
    const mend = "see that T3 runs, and that T3_URL and the proxy before it are right";
    return [fail("t3-reachable", T3, t3.environment.why, mend)];
  }
  const reached = [ok("t3-reachable", T3, "it answers"), version(t3.environment.value.version)];
  const scope = tokenScope(t3);
  if (scope.state !== "OK") return [...reached, scope, ...workspaceBase(settings)];
  return [...reached, scope, tokenExpiry(t3), ...models(t3, settings, forges), ...workspaceBase(settings)];
}

function version(told: string): Finding {
  if (told === "") return unknown("t3-version", T3, "it does not tell its version", "upgrade T3 Code");
  if (isTooOld(told))
    return fail("t3-version", T3, `${told} is too old`, `upgrade T3 Code to ${OLDEST_VERSION} or newer`);
  return ok("t3-version", T3, told);
}

function tokenScope({ session, shell }: T3Facts): Finding {
  const code = "t3-token-scope";
  if (!session.known) return unknown(code, T3, session.why, "see what stands before T3");
  const { authenticated, scopes } = session.value;
  if (!authenticated) return fail(code, T3, "the token is not accepted: it has ended, or is another's", AGAIN);
  if (scopes === null) {
    return shell.known
      ? ok(code, T3, "it reads; T3 does not tell its other scopes")
      : unknown(code, T3, shell.why, AGAIN);
  }
  const lacking = NEEDED.filter((scope) => !scopes.includes(scope));
  return lacking.length === 0
    ? ok(code, T3, NEEDED.join(", "))
    : fail(code, T3, `the token lacks ${lacking.join(", ")}`, AGAIN);
}

function tokenExpiry({ session, nowMs }: T3Facts): Finding {
  const code = "t3-token-expiry";
  if (!session.known || session.value.endsIso === null)
    return unknown(code, T3, "T3 does not tell when it ends", "note the day you made it: it lives 30 days");
  const endMs = Date.parse(session.value.endsIso);
  if (Number.isNaN(endMs)) return unknown(code, T3, "its end could not be understood", AGAIN);
  return nearing(code, T3, endMs - nowMs, `it cannot be refreshed: ${AGAIN}`);
}

/** AFK_MODEL speaks for all repos; else each workspace's project has its own. It lies under the name as the forge spells it. */
function models({ shell }: T3Facts, { parsed, repos }: SettingsFacts, forges: ForgeFacts[]): Finding[] {
  const code = "t3-model";
  const { model, workspaceBase: base } = parsed.config;
  if (model !== null) return [ok(code, T3, `AFK_MODEL is ${model}`)];
  if (!shell.known) return [unknown(code, T3, shell.why, "set AFK_MODEL")];
  if (repos.length === 0) return [ok(code, T3, "each project's own; no repo was looked at")];
  return repos.map((repo) => {
    const where = workspaceOf(base ?? "", spelled(repo, forges));
    const project = shell.value.projects.find(({ workspace }) => samePath(workspace, where));
    return project?.model
      ? ok(code, repoKey(repo), `the project's own: ${project.model}`)
      : fail(code, repoKey(repo), "no model: AFK_MODEL is empty, and its T3 project has none", "set AFK_MODEL");
  });
}

function spelled(repo: RepoName, forges: ForgeFacts[]): RepoName {
  const read = forges.flatMap(({ repos }) => repos).find((one) => repoKey(one.repo) === repoKey(repo));
  const [owner = repo.owner, name = repo.name] = read?.about.known ? read.about.value.fullName.split("/") : [];
  return { ...repo, owner, name };
}

export function workspaceOf(base: string, { forge, owner, name }: RepoName): string {
  return `${base}/${forge}/${owner}/${name}`;
}

function workspaceBase({ parsed }: SettingsFacts): Finding[] {
  const { workspaceBase: base } = parsed.config;
  return [
    base === null
      ? fail(
          "t3-workspace",
          T3,
          "T3_WORKSPACE_BASE is not set to an absolute path",
          "set it to a folder on T3's machine",
        )
      : ok("t3-workspace", T3, `${base}, on T3's machine; what is missing below it is made`),
  ];
}
