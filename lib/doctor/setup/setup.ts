/**
 * The conversation of `npm run setup`: what the doctor found and setup can mend, one act at a time, each asked for. No act
 * is offered twice, and a run that was broken off is simply run again. A look is some twenty requests a repo, so all is
 * looked at anew only once a setting was kept, which the next act may stand on, and at the end, until that finds nothing
 * more to offer.
 *
 *   a no .................... that act is not offered again in this run
 *   an act that failed ...... told, and likewise
 *   what was to be offered, and a later look could not tell of ...... named, and no success
 *   a secret ................ kept before it is given to anybody, and never said
 */
import type { Environment, Settings } from "../../core/config.ts";
import { redact } from "../../core/text.ts";
import type { ActResult } from "../../core/types.ts";
import { githubApiUrl } from "../../forge/forge.ts";
import type { Fetch } from "../../forge/http.ts";
import type { Finding } from "../finding.ts";
import { SECRETS } from "../hook-events.ts";
import { type HookOffer, keyOf, type Offer } from "../offers.ts";
import { asPkcs8 } from "../private-key.ts";
import { forgeActs } from "./forge-acts.ts";
import { makeApp } from "./manifest.ts";
import { armingOf, deedOf, keptOf, leftOf, lendingOf, lostOf } from "./words.ts";

export interface SetupTools {
  /** Settings and systems as they are now. */
  examine(): Promise<{ findings: Finding[]; env: Environment; held: string[]; settings: Settings }>;
  ask(question: string): Promise<boolean>;
  say(line: string): void;
  /** Why these settings cannot be kept; null: they can. */
  cannotKeep(names: string[]): string | null;
  /** What the settings file is called. */
  file: string;
  /** Writes settings to the file, all or none. */
  keep(values: Record<string, string>): void;
  /** Takes others' rights from a file. */
  close(path: string): void;
  newSecret(): string;
  fetch: Fetch;
  organization: string | null;
  signal: AbortSignal;
}

type Look = Awaited<ReturnType<SetupTools["examine"]>>;

/** Whether every act that was wanted was done, and none was lost sight of. */
export async function setUp(tools: SetupTools, mode: "acts" | "dry run"): Promise<boolean> {
  const first = await tools.examine();
  if (mode === "dry run") for (const offer of offersOf(first.findings)) tools.say(`would ${deedOf(offer)}`);
  const { look, kept, failed, lost } = mode === "dry run" ? endedAt(first) : await offerAll(first, tools);
  for (const line of [
    ...lostOf(lost),
    ...leftOf(look.findings, mode),
    ...keptOf([...kept], tools.file),
    ...armingOf(look.settings),
  ])
    tools.say(redact(line, look.held));
  return failed === 0 && lost.length === 0;
}

interface Ended {
  /** The last one. */
  look: Look;
  kept: Set<string>;
  failed: number;
  /** What an earlier look offered, nobody was asked, and the last look cannot tell of. */
  lost: Offer[];
}

function endedAt(look: Look): Ended {
  return { look, kept: new Set(), failed: 0, lost: [] };
}

async function offerAll(first: Look, tools: SetupTools): Promise<Ended> {
  const ended = endedAt(first);
  const { kept } = ended;
  const over = new Set<string>();
  const found = [...first.findings];
  let isCurrent = true;
  const lookAgain = async () => {
    ended.look = await tools.examine();
    found.push(...ended.look.findings);
    isCurrent = true;
  };
  for (;;) {
    const [offer] = offersOf(ended.look.findings, over);
    if (offer === undefined) {
      if (isCurrent) break;
      await lookAgain();
      continue;
    }
    over.add(keyOf(offer));
    if (!(await tools.ask(`Shall I ${deedOf(offer)}?`))) continue;
    const settings = kept.size;
    const result = await perform(offer, ended.look, tools, kept);
    isCurrent = false;
    // Before a word is said: what was just made is held by now, and must not be said either.
    if (kept.size > settings) await lookAgain();
    if (result.type !== "done") ended.failed += 1;
    tools.say(result.type === "done" ? "  done" : `  not done: ${redact(result.why, ended.look.held)}`);
    for (const line of lendingOf(result, offer)) tools.say(line);
  }
  const isAllSeen = ended.look.findings.every(({ state }) => state !== "UNKNOWN");
  if (over.size === 0)
    tools.say(`Nothing is missing that setup could make${isAllSeen ? "" : ", as far as it could be looked at"}.`);
  return { ...ended, lost: lostSightOf(found, ended.look, over) };
}

/** What is wrong no more is told as well, so what is not told at all was not seen. */
function lostSightOf(found: Finding[], { findings }: Look, over: ReadonlySet<string>): Offer[] {
  const isTold = ({ code, subject }: Finding) =>
    findings.some((one) => one.code === code && one.subject === subject && one.state !== "UNKNOWN");
  const untold = found.filter((finding) => !isTold(finding));
  return offersOf(untold, over);
}

const ORDER: Record<Offer["type"], number> = { file_mode: 0, private_key: 1, app: 2, label: 3, hook: 4 };

/** What others build on comes first. */
function offersOf(findings: Finding[], over: ReadonlySet<string> = new Set()): Offer[] {
  const offers = new Map(findings.flatMap(({ offers }) => offers).map((offer) => [keyOf(offer), offer]));
  return [...offers.values()]
    .filter((offer) => !over.has(keyOf(offer)))
    .sort((one, other) => ORDER[one.type] - ORDER[other.type]);
}

async function perform(offer: Offer, look: Look, tools: SetupTools, kept: Set<string>): Promise<ActResult> {
  const keep = (values: Record<string, string>): ActResult => {
    const why = tools.cannotKeep(Object.keys(values));
    if (why !== null) return { type: "refused", why };
    const result = tried(() => tools.keep(values));
    if (result.type === "done") for (const name of Object.keys(values)) kept.add(name);
    return result;
  };
  switch (offer.type) {
    case "label":
      return forgeActs(look.env, httpOf(look, tools), offer.repo).makeLabel(offer);
    case "hook":
      return mendHook(offer, look, tools, keep);
    case "private_key": {
      const key = asPkcs8(look.env.GITHUB_APP_PRIVATE_KEY ?? "");
      return key === null ? { type: "refused", why: "it is no key" } : keep({ GITHUB_APP_PRIVATE_KEY: key });
    }
    case "app":
      return newApp(look, tools, keep);
    case "file_mode":
      return tried(() => tools.close(offer.path));
    default:
      return offer satisfies never;
  }
}

/** What this machine refuses ends one offer, and not the whole conversation. */
function tried(work: () => void): ActResult {
  try {
    work();
    return { type: "done", value: null };
  } catch (error) {
    return { type: "refused", why: error instanceof Error ? error.message : String(error) };
  }
}

type Keep = (values: Record<string, string>) => ActResult;

async function mendHook(offer: HookOffer, look: Look, tools: SetupTools, keep: Keep): Promise<ActResult> {
  const setting = SECRETS[offer.repo.forge];
  const held = look.env[setting];
  const secret = held || tools.newSecret();
  // First: a webhook whose secret nobody knows would be refused for ever.
  const isKept: ActResult = held ? { type: "done", value: null } : keep({ [setting]: secret });
  if (isKept.type !== "done") return isKept;
  return forgeActs(look.env, httpOf(look, tools), offer.repo).mendHook(offer, secret);
}

async function newApp(look: Look, tools: SetupTools, keep: Keep): Promise<ActResult> {
  const { env } = look;
  // Before it is made: GitHub tells a key once.
  const before = env.GITHUB_WEBHOOK_SECRET ? ["GITHUB_WEBHOOK_SECRET_PREVIOUS"] : [];
  const names = ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET", ...before];
  const why = tools.cannotKeep(names);
  if (why !== null) return { type: "refused", why };
  const made = await makeApp(
    {
      apiUrl: githubApiUrl(env),
      organization: tools.organization,
      publicUrl: env.AFK_PUBLIC_URL || null,
      merges: env.AFK_MERGE === "when-green",
    },
    {
      ...httpOf(look, tools),
      state: tools.newSecret(),
      onPage: (url) => tools.say(`  open ${url} in a browser on this machine`),
      signal: tools.signal,
    },
  );
  if ("why" in made) return { type: "refused", why: made.why };
  const key = asPkcs8(made.pem);
  if (key === null) return { type: "refused", why: "GitHub's key could not be read" };
  const result = keep({
    GITHUB_APP_ID: made.id,
    GITHUB_APP_PRIVATE_KEY: key,
    ...(made.webhookSecret === null ? {} : secretsAfter(env.GITHUB_WEBHOOK_SECRET, made.webhookSecret)),
  });
  if (result.type === "done") tools.say(`  the App ${made.slug} is made; install it in the repos: ${made.installUrl}`);
  return result;
}

/** Webhooks that stand in repos go on with the one they have. */
function secretsAfter(held: string | undefined, made: string): Record<string, string> {
  const previous: Record<string, string> = held ? { GITHUB_WEBHOOK_SECRET_PREVIOUS: held } : {};
  return { GITHUB_WEBHOOK_SECRET: made, ...previous };
}

function httpOf({ settings }: Look, { fetch }: SetupTools) {
  return { fetch, callMs: settings.config.callMs };
}
