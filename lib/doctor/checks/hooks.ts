/**
 * The webhook that is to wake the loop: first whether there is one, then all that can be wrong with it. A hook counts as
 * meant for a loop by the path of its address; of several, the one at AFK_PUBLIC_URL.
 *
 *   none, and nothing speaks for one ... fine: the sweep finds work each minute
 *   none, and a secret or URL is set ... missing
 *   one, elsewhere ..................... missing here, also when it is only another path of ours
 *   one, and no AFK_PUBLIC_URL ......... it may be another loop's: nothing is offered to be done to it
 */
import { type Forge, type RepoName, repoKey } from "../../core/types.ts";
import type { DeliveryFacts, HookFacts } from "../facts.ts";
import { type Code, type Finding, fail, ok, unknown, warn } from "../finding.ts";
import { hookUrl, isHookOf } from "../hook-address.ts";
import { EVENTS, SECRETS } from "../hook-events.ts";
import type { HookOffer } from "../offers.ts";
import type { Seen } from "../seen.ts";

export interface HookWish {
  forge: Forge;
  /** Null: the one hook of an App. */
  repo: RepoName | null;
  publicUrl: string | null;
  hasSecret: boolean;
}

export function hasSecret(forge: Forge, set: ReadonlySet<string>): boolean {
  return set.has(SECRETS[forge]);
}

const TOKENS: Record<Forge, string> = { github: "GITHUB_TOKEN", forgejo: "FORGEJO_TOKEN" };

export function hookChecks(forge: Forge, hooks: Seen<HookFacts[]>, wish: HookWish): Finding[] {
  const subject = wish.repo === null ? forge : repoKey(wish.repo);
  if (!hooks.known) {
    const mend = `lend an administrator's token for this run alone, ${TOKENS[forge]}=… before the command; or look at the forge's page`;
    return [unknown("webhook-present", subject, `${hooks.why}; nothing about the webhook is known`, mend)];
  }
  const ours = hooks.value.filter((hook) => isHookOf(forge, hook.url));
  const wanted = wish.publicUrl === null ? null : hookUrl(wish.publicUrl, forge);
  const called = wanted === null ? ours : ours.filter(({ url }) => new URL(url).href === new URL(wanted).href);
  // The newest last: it is the one that somebody made when the older was not as it should be.
  const here = called.toSorted((one, other) => Number(one.id) - Number(other.id));
  const hook = here.at(-1);
  if (hook === undefined) return [absent(subject, wish, { ours, all: hooks.value }, wanted)];
  const older = here.slice(0, -1).map(({ id }) => id);
  const offer = (wrong: HookOffer["wrong"]) => (wanted === null ? [] : hookOffer(wish, wanted, wrong, hook.id, older));
  if (wanted === null && !wish.hasSecret) return [perhaps(subject, hook, SECRETS[forge])];
  return [
    present(subject, hook, older.length, offer("double")),
    active(subject, hook, offer("shape")),
    events(subject, forge, hook, offer("shape")),
    format(subject, forge, hook, offer("shape")),
    lastDelivery(subject, hook),
    secret(subject, forge, hook, wish, offer("secret")),
  ];
}

function perhaps(subject: string, { url }: HookFacts, setting: string): Finding {
  const what = `a webhook calls ${url}, and neither AFK_PUBLIC_URL nor ${setting} is set: it is another loop's, or not set up yet`;
  return warn("webhook-present", subject, what, "if it is meant for this loop, set both; else leave it");
}

interface Hooks {
  ours: HookFacts[];
  all: HookFacts[];
}

function absent(subject: string, wish: HookWish, { ours, all }: Hooks, wanted: string | null): Finding {
  const offers = wanted === null ? [] : hookOffer(wish, wanted, "missing", null, []);
  const astray = wanted === null ? undefined : all.find(({ url }) => originOf(url) === originOf(wanted));
  if (astray !== undefined) {
    const what = `a webhook calls ${astray.url}, and this loop takes deliveries at ${wanted} alone`;
    return warn("webhook-present", subject, what, "correct the webhook's address", ...offers);
  }
  const [other] = ours;
  if (other !== undefined && wanted !== null) {
    const what = `a webhook calls ${other.url}, and this loop is at ${wish.publicUrl}`;
    return warn("webhook-present", subject, what, "correct AFK_PUBLIC_URL, or make a webhook there", ...offers);
  }
  // One of the organization would serve all its repos; to read those takes rights over the organization.
  const what = "no webhook of its own calls a loop: the sweep alone finds work, each minute";
  if (wanted === null && !wish.hasSecret) return ok("webhook-present", subject, `${what}; none is asked for`);
  if (wish.repo === null) return warn("webhook-present", subject, what, "set its address and secret on the App's page");
  const mend = wanted === null ? "set AFK_PUBLIC_URL, then npm run setup makes it" : "npm run setup makes it";
  return warn("webhook-present", subject, what, `${mend}; an organization's own serves as well`, ...offers);
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null;
}

/** An App's hook is set on its page, and not by us. */
function hookOffer(
  { repo, forge }: HookWish,
  url: string,
  wrong: HookOffer["wrong"],
  hookId: string | null,
  extra: string[],
): HookOffer[] {
  return repo === null ? [] : [{ type: "hook", repo, url, events: EVENTS[forge].asked, wrong, hookId, extra }];
}

function present(subject: string, { url }: HookFacts, older: number, offers: HookOffer[]): Finding {
  if (older === 0) return ok("webhook-present", subject, `it calls ${url}`);
  const what = `${older + 1} webhooks call ${url}: each delivery comes as often`;
  return warn("webhook-present", subject, what, "delete all but the newest", ...offers);
}

function active(subject: string, hook: HookFacts, offers: HookOffer[]): Finding {
  if (hook.active === null)
    return ok("webhook-active", subject, "not told of an App's webhook; its deliveries show it");
  if (hook.active) return ok("webhook-active", subject, "active");
  return fail("webhook-active", subject, "switched off: nothing is delivered", "switch it on", ...offers);
}

function events(subject: string, forge: Forge, hook: HookFacts, offers: HookOffer[]): Finding {
  const told = hook.events;
  if (told === null) return unknown("webhook-events", subject, "the forge did not tell them", "see the forge's page");
  if (told.includes("*")) return ok("webhook-events", subject, "all of them");
  const { needed, told: wanted } = EVENTS[forge];
  const missing = wanted.filter((event) => !told.includes(event));
  if (missing.length === 0) return ok("webhook-events", subject, `all ${wanted.length} that wake the loop`);
  const what = `not told of ${missing.join(", ")}`;
  const mend = "tick them on the webhook's page";
  return missing.some((event) => needed.includes(event))
    ? fail("webhook-events", subject, what, mend, ...offers)
    : warn("webhook-events", subject, `${what}: found by the sweep only`, mend, ...offers);
}

function format(subject: string, forge: Forge, hook: HookFacts, offers: HookOffer[]): Finding {
  const bad = (what: string, mend: string) => fail("webhook-format", subject, what, mend, ...offers);
  if (hook.contentType !== "json")
    return bad(`its content type is ${hook.contentType}: answered 415`, "set its content type to application/json");
  if (forge === "forgejo" && hook.kind !== "forgejo")
    return bad(`it is of type ${hook.kind}: its refs are shortened`, "delete it, and make one of type Forgejo");
  if (!["", "*", "**"].includes(hook.branchFilter))
    return bad(`its branch filter "${hook.branchFilter}" keeps pushes back`, "empty its branch filter");
  return ok("webhook-format", subject, "JSON, of every branch");
}

const UNTOLD = "Forgejo tells its deliveries on the webhook's page alone";
const PRIVATE = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\]|\[f[cd])/;

/** Where nothing arrives, and nobody says so. */
function untold({ url }: HookFacts): string {
  const { hostname } = new URL(url);
  return PRIVATE.test(hostname)
    ? `${UNTOLD}; ${hostname} is private, so ALLOWED_HOST_LIST of its app.ini must name it`
    : UNTOLD;
}

function lastDelivery(subject: string, hook: HookFacts): Finding {
  const { deliveries } = hook;
  const code: Code = "webhook-last-delivery";
  if (deliveries === null) return ok(code, subject, untold(hook));
  if (!deliveries.known) return unknown(code, subject, deliveries.why, "see Recent deliveries on the webhook's page");
  const last = newest(deliveries.value);
  if (last === undefined) return ok(code, subject, "none yet, or none in the days that GitHub keeps them");
  const answered = last.atIso === "" ? last.event : `${last.event} at ${last.atIso}`;
  if (last.status >= 200 && last.status < 300) return ok(code, subject, `${answered} was answered ${last.status}`);
  if (last.status <= 0) {
    const what = `${answered} found nobody (${last.word})`;
    const mend = `see that the loop runs, and that its address reaches it from outside; ${ANEW}`;
    return fail(code, subject, what, mend);
  }
  const mend = `${ANSWERS[last.status] ?? ANSWER_ELSE}; ${ANEW}`;
  return fail(code, subject, `${answered} was answered ${last.status}`, mend);
}

const ANSWERS: Record<number, string> = {
  401: "see webhook-secret",
  404: "see that the address ends in the loop's path, and that the proxy passes it on",
  408: "see what slows the proxy down",
  413: "let the proxy pass bodies of 25 MB",
  415: "set its content type to application/json",
  503: "set the webhook secret where the loop runs",
};
/** What was delivered before the mend stays the last one until there is another. */
const ANEW = "then press Redeliver there";
const ANSWER_ELSE = "see the answer on the webhook's page; a proxy's page means that the loop was not reached";

function secret(subject: string, forge: Forge, hook: HookFacts, wish: HookWish, offers: HookOffer[]): Finding {
  const setting = SECRETS[forge];
  const code: Code = "webhook-secret";
  if (!wish.hasSecret)
    return fail(code, subject, `${setting} is not set: deliveries are answered 503`, secretMend(offers), ...offers);
  if (hook.hasSecret === false)
    return fail(
      code,
      subject,
      "the webhook has no secret: its deliveries are refused",
      `give it ${setting}`,
      ...offers,
    );
  const last = hook.deliveries?.known ? newest(hook.deliveries.value) : undefined;
  if (last?.status === 401) {
    const what = `the last delivery was answered 401: its secret is not ${setting}, or a proxy changes the body`;
    return fail(code, subject, what, `give the webhook the secret that is in ${setting}`, ...offers);
  }
  if (last !== undefined && last.status >= 200 && last.status < 300)
    return ok(code, subject, "the last delivery's signature was good");
  return ok(code, subject, `${setting} is set; nothing speaks against it`);
}

/** Nobody can read the webhook's own any more where it was not noted down. */
function secretMend(offers: HookOffer[]): string {
  const own = "set it to the secret that the webhook has";
  return offers.length === 0 ? own : `npm run setup makes a new one and gives it to the webhook; or ${own}`;
}

function newest(deliveries: DeliveryFacts[]): DeliveryFacts | undefined {
  return deliveries.toSorted((one, other) => Date.parse(other.atIso) - Date.parse(one.atIso))[0];
}
