/** What stands in the way of a rehearsal in somebody's own repo is told before anything there is touched. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { plainFetch } from "../../../lib/doctor/plain-fetch.ts";
import { readStartSettings } from "../../../scripts/start/settings.ts";
import type { ForgeName } from "../../fakes/forge/stand-in.ts";
import { type AgainstOptions, rehearseAgainst } from "./against.ts";
import { bodyOf, newMarker } from "./marker.ts";
import { ME, OwnForge, REPO } from "./own-forge.ts";
import { STORIES } from "./play.ts";

const WORKFLOW = { ".github/workflows/test.yml": "on: push\n" };
const PAST = { id: "0f", trunk: "main", base: "0f", labels: [], until: 0 };

type Arranged = Partial<Pick<AgainstOptions, "against" | "repo">> & { env?: Record<string, string> };

/** Most arrange the forge, and give nothing. */
function arranged(given: unknown): Arranged {
  const isOptions = typeof given === "object" && given !== null && !("id" in given) && !("number" in given);
  return isOptions ? given : {};
}

async function refusal(own: OwnForge, { env, ...options }: Arranged = {}): Promise<string> {
  const start = readStartSettings({ env: { ...own.env, ...env }, devVars: null, cwd: "/" });
  const said: string[] = [];
  const outcome = await rehearseAgainst({
    ...{
      against: own.url,
      repo: REPO,
      stories: STORIES.slice(0, 1),
      minutes: 1,
      byHand: false,
      keep: false,
      out: null,
    },
    ...{ start, fetch: plainFetch, say: (line: string) => void said.push(line), ...options },
  }).catch((error: Error) => error);
  if (!(outcome instanceof Error)) throw new Error(`it was not refused:\n${said.join("\n")}`);
  expect(own.changes()).toEqual([]);
  expect(outcome.message).not.toContain(own.token);
  return outcome.message;
}

describe.each<ForgeName>(["github", "forgejo"])("on %s", (name) => {
  let own: OwnForge;
  beforeEach(async () => {
    own = await OwnForge.open(name, "none", { "README.md": "Hello\n", ...WORKFLOW });
  });
  afterEach(() => own.close());

  const people = () => own.forge.people;

  test.each<[string, () => unknown, RegExp]>([
    ["a name without scratch or rehearsal", () => ({ repo: "scratch/widgets" }), /^--repo: widgets has neither/],
    ["no owner", () => ({ repo: "scratch" }), /^--repo: "scratch" is not owner\/name -> /],
    ["a repo that is not there", () => ({ repo: "acme/rehearsal" }), /no such repo, .*404.* -> name it exactly$/],
    ["another forge", () => ({ against: "https://elsewhere.test" }), /^--against: .* no forge that the settings know/],
    ["no address", () => ({ against: "github" }), /^--against: that is not a forge's address/],
    ["a token in the address", () => ({ against: "https://me:hush@elsewhere.test" }), /^--against: it holds a cred/],
    ["a token nobody accepts", () => ({ env: { AFK_REHEARSE_TOKEN: "wrong" } }), /the token is not accepted .*401/],
    [
      "a setting that cannot be read",
      () => ({ env: { AFK_STALL_SECONDS: "soon" } }),
      /^AFK_STALL_SECONDS: not a number of seconds/,
    ],
    [
      "a loop of one's own that is armed there",
      () => ({ env: { AFK_KILL_SWITCH: "false", AFK_ALLOWLIST: `${name}:${REPO}` } }),
      /^AFK_ALLOWLIST: your own settings arm a loop/,
    ],
    [
      "renamed",
      () => people().renameRepo({ repo: REPO, to: "scratch-2", by: ME }),
      /called acme\/scratch-2|redirected/,
    ],
    ["archived", () => people().archiveRepo({ repo: REPO, by: ME }), /it is archived, and takes nothing -> /],
    ["a reader", () => people().setPermission(REPO, ME, "read"), /write access|admin|owner/],
    [
      "a trunk that refuses a push",
      () => own.forge.pulls.setRules(REPO, "main", { pullRequest: true, approvals: 1, checks: [] }),
      /main refuses a direct push.* -> take the protection off/,
    ],
    [
      "a red trunk",
      async () => {
        await own.forge.ci.setStatus({ repo: REPO, sha: await own.head(), context: "x", state: "failure", by: ME });
        return {};
      },
      /CI of main is red \(x\).* -> mend it first/,
    ],
    [
      "another rehearsal, from another machine",
      () => {
        const marker = { ...newMarker({ ...PAST, until: Date.now() + 60_000 }), machine: "theirs" };
        people().createIssue({ repo: REPO, title: "One", body: bodyOf(marker), by: ME });
      },
      /another rehearsal is under way there: http.*\/issues\/1 -> wait for its end/,
    ],
  ])("%s", async (_what, arrange, words) => {
    expect(await refusal(own, arranged(await arrange()))).toMatch(words);
  });
});

describe("on a repo", () => {
  let own: OwnForge;
  beforeAll(async () => {
    own = await OwnForge.open("github", "none");
  });
  afterAll(() => own.close());

  test("without CI, it says how to get one", async () => {
    expect(await refusal(own)).toMatch(/no CI: main has no check, and no workflow is there -> add a workflow/);
  });

  test("of an App, it wants a person's token: an App's own label starts nothing", async () => {
    const env = { GITHUB_TOKEN: "", GITHUB_APP_ID: "1", GITHUB_APP_PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----" };
    expect(await refusal(own, { env })).toMatch(/^AFK_REHEARSE_TOKEN: it is not set/);
  });

  test("where a stranger says that a rehearsal is under way, nobody believes it", async () => {
    const marker = { ...newMarker({ ...PAST, until: Date.now() + 60_000 }), machine: "theirs" };
    own.forge.people.createIssue({ repo: REPO, title: "Mine", body: bodyOf(marker), by: "ada" });
    expect(await refusal(own)).toMatch(/no CI/);
  });
});
