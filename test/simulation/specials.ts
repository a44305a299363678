/**
 * Rare weathers, each made for one promise that common weather seldom touches: the sky is clear but for one thing, and
 * that goes wrong again and again. `special-happenings.ts` plays what is more than a figure.
 */
import type { Character } from "./agents.ts";
import { drawPulls, type PullWeather, pullSettings } from "./landing.ts";
import { APP_ORIGIN } from "./own-rules.ts";
import { Random } from "./random.ts";
import { drawSpending, PRICE, spendSettings } from "./spending.ts";
import { drawWeather, stillWeather, type Weather } from "./weather.ts";

interface Special {
  changes?: Partial<Omit<Weather, "settings" | "special">>;
  settings?: Record<string, string>;
  /** Drawn evenly; unset: any. */
  agents?: Character[];
  /** In how many seeds of a deck; unset: in one. */
  weight?: number;
}

/** Nothing is demanded of a pull request, and people see to it late. */
const UNRULED: PullWeather = {
  rules: null,
  methods: ["merge", "squash", "rebase"],
  everySecondsMax: 40,
  deeds: 0.1,
  patienceMs: 60_000,
  insists: 0,
  raced: 0,
  redOnTrunk: 0,
};
const ONE_REPO = { repos: 1, issues: 2, weatherMs: 720_000 };
const TWO_REPOS = { repos: 2, issues: 3, weatherMs: 720_000 };
const LONG_RUN = { AFK_RUN_MAX_SECONDS: "900", AFK_POLL_SECONDS: "90" };
const MANY_FIXES = { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "3", AFK_FIX_FORWARD_MAX_SECONDS: "1200" };

export const SPECIALS = {
  /** A person takes the label off before anything is pushed. */
  "second-thoughts": { changes: ONE_REPO, settings: LONG_RUN, agents: ["works-through", "silent", "no-push"] },
  /** The executor takes turns and its answer is lost. */
  "answers-lost": { changes: ONE_REPO, agents: ["happy", "red-then-green", "works-long"], weight: 2 },
  /** The forge refuses to close for good. */
  "close-refused": { changes: ONE_REPO, agents: ["happy"] },
  /** The forge takes the mention of a hand-over, and its answer is lost. */
  "mention-lost": { changes: ONE_REPO, agents: ["no-push", "errs"], weight: 2 },
  /** The forge closes nothing for a while, and a person closes and reopens meanwhile. */
  "close-late": { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy"] },
  /** A person closes while CI works on what is red. */
  "closed-under-way": {
    changes: { ...ONE_REPO, ci: "slow" },
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" },
    agents: ["always-red"],
  },
  /** One thread an hour. */
  "few-threads": { changes: ONE_REPO, settings: { AFK_THREADS_PER_HOUR: "1" }, agents: ["happy"] },
  /** The forge's quota is spent before anybody labels. */
  "quota-spent": { changes: { ...ONE_REPO, forge: "github" } },
  /** More repos than a sweep can read, and no delivery. */
  "many-repos": { changes: { ...ONE_REPO, issues: 1, lost: 1 }, agents: ["happy"] },
  /** The repo is deleted, and somebody else's bears its name. */
  "squatted-name": { changes: { ...ONE_REPO, issues: 1 }, agents: ["happy"], weight: 2 },
  /** The platform gives up an alarm, as it does after too many failures; no delivery wakes its ledger. */
  "alarm-dropped": { changes: { ...ONE_REPO, lost: 1 } },
  /** The executor takes turns and starts none. */
  "executor-wedged": { changes: ONE_REPO, settings: LONG_RUN },
  /** Another loop stamps at the same moment. */
  "two-loops": { changes: { ...ONE_REPO, issues: 3, latencyMsMax: 1500 }, weight: 2 },
  /** The issue is deleted while its agent works on after the landing. */
  "issue-vanishes": { changes: { ...ONE_REPO, issues: 3 }, settings: LONG_RUN, agents: ["goes-on"] },
  /** Each red takes its time. */
  "slow-reds": {
    changes: ONE_REPO,
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_SECONDS: "200", AFK_FIX_FORWARD_MAX_ATTEMPTS: "3" },
    agents: ["always-red"],
  },
  /** Who blocks whom cannot be read. */
  "blockers-unread": { changes: { ...ONE_REPO, issues: 3 } },
  /** What the labeller may do cannot be read, and he may do nothing. */
  "permission-unread": { changes: { ...ONE_REPO, issues: 3 }, weight: 2 },
  /** The trunk cannot be compared. */
  "trunk-unread": { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy"] },
  /** The executor cannot be read while its agents work. */
  "executor-unread": {
    changes: ONE_REPO,
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "15" },
    agents: ["works-long"],
    weight: 2,
  },
  /** The executor is too old from before the label on. */
  "executor-old": { changes: ONE_REPO },
  /** A first turn is long in leaving, and what stood for it falls meanwhile. */
  "start-delayed": { changes: { ...ONE_REPO, issues: 3 }, agents: ["happy"], weight: 4 },
  /** A fix is long in leaving, and the switch is thrown meanwhile, or all is paused. */
  "fix-delayed": {
    changes: ONE_REPO,
    settings: MANY_FIXES,
    agents: ["always-red", "red-then-green"],
  },
  /** The same, where the executor has taken it and its answer is lost. */
  "fix-unheard": {
    changes: ONE_REPO,
    settings: MANY_FIXES,
    agents: ["always-red", "red-then-green"],
    weight: 0,
  },
  /** Two checks on every commit, the second of which begins late. */
  "late-check": {
    changes: ONE_REPO,
    settings: MANY_FIXES,
    agents: ["happy", "red-then-green"],
    weight: 0,
  },
  /** The loop's word to an agent that asks, or to the forge that is to merge, does not get through; then all is stopped. */
  "answer-delayed": { changes: ONE_REPO, settings: LONG_RUN, agents: ["asks-once", "approval"], weight: 0 },
  "merge-delayed": {
    changes: { ...ONE_REPO, pulls: UNRULED },
    settings: { ...LONG_RUN, AFK_LANDING: "pull-request", AFK_MERGE: "when-green", AFK_MAX_OPEN_PULLS: "3" },
    agents: ["happy", "opens-itself"],
    weight: 0,
  },
  /** One issue can never be read; those after it can. */
  "issue-unread": { changes: { ...ONE_REPO, issues: 3 } },
  /** One repo can never be read, and the others are found by the sweep alone. */
  "repo-unread": { changes: { repos: 2, issues: 1, weatherMs: 720_000, lost: 1 } },
  /** The fleet's object dies at its writes. */
  "fleet-dies": { changes: { repos: 2, issues: 4, weatherMs: 900_000 }, agents: ["happy", "no-push"], weight: 2 },
  /** What landed is neither good nor bad, so that a freeze alone keeps others; a person repairs the trunk later. */
  frozen: { changes: { ...ONE_REPO, issues: 3, ci: "held" }, agents: ["happy"], weight: 2 },
  /** A person pushes good code on top of what is red, while its agent tries in vain. */
  "repaired-on-top": {
    changes: ONE_REPO,
    settings: { AFK_RUN_MAX_SECONDS: "900", AFK_POLL_SECONDS: "180", AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" },
    agents: ["gives-up-on-red"],
    weight: 2,
  },
  /** An agent that is never done, and shows life all the time. */
  "never-done": {
    changes: { ...TWO_REPOS, issues: 2 },
    settings: { AFK_RUN_MAX_SECONDS: "480" },
    agents: ["works-through"],
    weight: 2,
  },
  /** The forge's record of an issue is behind the issue, and a person takes the label off just before the first turn. */
  "record-behind": { changes: { ...TWO_REPOS, issues: 2 }, agents: ["happy"], weight: 2 },
  /** The forge's lists of commits are behind its branches, and a person takes the label off just after a landing. */
  "trunk-behind": {
    changes: { ...TWO_REPOS, issues: 3 },
    settings: { AFK_RUN_MAX_SECONDS: "900", AFK_POLL_SECONDS: "30" },
    agents: ["happy", "red-then-green", "pushes-twice"],
    weight: 0,
  },
  /** A person takes the label off, writes the issue anew and labels it again. */
  revised: { changes: { ...TWO_REPOS, forge: "forgejo" }, agents: ["happy", "no-push"], weight: 2 },
  /** A text is changed after the label, before anybody was told of either. */
  "edited-unseen": { changes: { ...TWO_REPOS, forge: "forgejo", lost: 1 }, agents: ["happy", "no-push"], weight: 2 },
  /** A repo's own rules cannot be understood for a while. */
  misruled: { changes: { ...ONE_REPO, issues: 3 }, agents: ["happy", "no-push"], weight: 0 },
  /** A page tells which commit runs, and what is green comes to run late, never, or for a while. */
  "deploy-page": {
    changes: { ...ONE_REPO, issues: 3, weatherMs: 1_200_000 },
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "30", AFK_DEPLOY_SECONDS: "300", AFK_DEPLOY_ORIGINS: APP_ORIGIN },
    agents: ["happy", "happy", "red-then-green", "pushes-twice"],
    weight: 0,
  },
  /** A check tells of the deploy. */
  "deploy-check": {
    changes: { ...ONE_REPO, issues: 3, weatherMs: 1_200_000 },
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "30", AFK_DEPLOY_SECONDS: "200", AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" },
    agents: ["happy", "happy", "red-then-green"],
    weight: 0,
  },
  /** The forge's own deployments tell of it. */
  "deploy-environment": {
    changes: { ...ONE_REPO, forge: "github" },
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "30", AFK_DEPLOY_SECONDS: "200", AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" },
    agents: ["happy", "happy", "red-then-green"],
    weight: 0,
  },
  /** Agents work phase by phase, and most repos ask to see it. */
  evidence: { changes: { ...ONE_REPO, issues: 3, ruled: true }, settings: LONG_RUN, agents: ["happy"], weight: 0 },
  /** The same, and no delivery tells of what they push. */
  "evidence-unheard": {
    changes: { ...ONE_REPO, issues: 3, ruled: true, lost: 1 },
    settings: LONG_RUN,
    agents: ["happy"],
    weight: 0,
  },
  /** Agents land what nobody may change unseen, and its list of files cannot always be read. */
  protected: { changes: { ...ONE_REPO, issues: 3, ruled: true }, settings: LONG_RUN, agents: ["happy"], weight: 0 },
  /** The same where the repo itself asks for pull requests, and the loop may merge. */
  "protected-pulls": {
    changes: { ...ONE_REPO, issues: 3, pulls: UNRULED },
    settings: { ...LONG_RUN, AFK_LANDING: "push", AFK_MERGE: "when-green", AFK_MAX_OPEN_PULLS: "3" },
    agents: ["happy", "opens-itself"],
    weight: 0,
  },
  /** A repo has limits of its own, tighter or looser than the deployment's. */
  stricter: {
    changes: { ...ONE_REPO, issues: 2 },
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "2", AFK_FIX_FORWARD_MAX_SECONDS: "1200" },
    agents: ["always-red"],
    weight: 0,
  },
  /** A check fails whatever anybody does, and the repo ignores it. */
  noisy: { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy", "red-then-green"], weight: 0 },
  /** A repo has no CI, and says so. */
  "no-ci": { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy", "no-push"], weight: 0 },
  /** The same where changes land by pull request, and the loop may merge. */
  "no-ci-pulls": {
    changes: { ...ONE_REPO, pulls: UNRULED },
    settings: { ...LONG_RUN, AFK_LANDING: "push", AFK_MERGE: "when-green", AFK_MAX_OPEN_PULLS: "3" },
    agents: ["happy", "opens-itself"],
    weight: 0,
  },
  /** People break the trunk while an agent is at work, and repair it later. */
  "red-before": {
    changes: { ...ONE_REPO, issues: 3 },
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "2", AFK_FIX_FORWARD_MAX_SECONDS: "1200" },
    agents: ["works-long", "always-red", "red-then-green"],
    weight: 0,
  },
  /** A trunk is left red, and somebody orders its repair. */
  "repair-order": {
    changes: ONE_REPO,
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "1", AFK_FIX_FORWARD_MAX_SECONDS: "1200" },
    agents: ["always-red"],
    weight: 0,
  },
  /** What is red turns green once it is run again, before its answer has left. */
  flaky: {
    changes: ONE_REPO,
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "1", AFK_FIX_FORWARD_MAX_SECONDS: "1200" },
    agents: ["happy", "happy", "red-then-green"],
    weight: 0,
  },
  /** CI of the trunk goes on with the newest push alone, and people push on top of what lands. */
  superseded: { changes: ONE_REPO, settings: LONG_RUN, agents: ["happy", "red-then-green"], weight: 0 },
  /** Agents work on and on, and have spent their budget early. */
  spends: {
    changes: { ...ONE_REPO, spending: { reports: true, price: PRICE, budgetUsd: 0.3 } },
    settings: { ...LONG_RUN, AFK_BUDGET_USD: "0.3", AFK_PRICES: JSON.stringify({ "claude-sonnet-4-6": PRICE }) },
    agents: ["works-through"],
    weight: 0,
  },
  /** A setting is mistyped about when the change turns red. */
  mistyped: {
    changes: { ...ONE_REPO, issues: 1 },
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "2", AFK_FIX_FORWARD_MAX_SECONDS: "1200" },
    agents: ["always-red", "red-then-green"],
    weight: 0,
  },
  /** A person gives the repo another name while its agent is at work, for a while or for good. */
  renamed: {
    changes: { ...ONE_REPO, issues: 1 },
    settings: LONG_RUN,
    agents: ["happy", "red-then-green", "no-push", "pushes-twice"],
    weight: 0,
  },
  /** A fix is decided, CI cannot be read for what it would say, and a person ends it meanwhile. */
  "fix-unread": {
    changes: ONE_REPO,
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "2", AFK_FIX_FORWARD_MAX_SECONDS: "1200" },
    agents: ["always-red", "red-then-green"],
    weight: 0,
  },
  /** A person merges what was tested beside the trunk on top of what is red on it. */
  "merged-on-top": {
    changes: ONE_REPO,
    settings: { ...LONG_RUN, AFK_FIX_FORWARD_MAX_ATTEMPTS: "1", AFK_FIX_FORWARD_MAX_SECONDS: "1200" },
    agents: ["gives-up-on-red", "always-red"],
    weight: 0,
  },
  /** What is merged fails on the trunk, however good it was before. */
  "merged-red": {
    changes: { ...ONE_REPO, pulls: { ...UNRULED, methods: ["merge"], redOnTrunk: 1 } },
    settings: {
      ...LONG_RUN,
      AFK_LANDING: "pull-request",
      AFK_MERGE: "when-green",
      AFK_MAX_OPEN_PULLS: "3",
      AFK_FIX_FORWARD_MAX_ATTEMPTS: "1",
    },
    agents: ["happy", "opens-itself"],
    weight: 0,
  },
  /** A person says stop, which cannot be read for long, takes the label off and puts it on again. */
  "stop-unheard": {
    changes: { ...ONE_REPO, issues: 2, weatherMs: 900_000 },
    settings: { ...LONG_RUN, AFK_POLL_SECONDS: "30" },
    agents: ["works-long", "no-push", "silent"],
    weight: 0,
  },
  /** Another server answers at the executor's address while agents are at work on the first. */
  "executor-replaced": {
    changes: { ...ONE_REPO, issues: 3, weatherMs: 900_000 },
    settings: LONG_RUN,
    agents: ["works-through", "works-through", "works-long", "happy", "always-red", "no-push"],
    weight: 0,
  },
  /** One thread a day. */
  "few-a-day": { changes: TWO_REPOS, settings: { AFK_THREADS_PER_DAY: "1" }, agents: ["happy", "no-push"], weight: 0 },
} satisfies Record<string, Special>;

export type SpecialName = keyof typeof SPECIALS;

export const SPECIAL_NAMES = Object.keys(SPECIALS) as SpecialName[];

/** Dealt once more, after all others: a card that is added here moves none of them. */
const DEALT_LAST: SpecialName[] = [
  "alarm-dropped",
  "close-late",
  "misruled",
  "misruled",
  "misruled",
  ...Array<SpecialName>(5).fill("deploy-page"),
  ...Array<SpecialName>(3).fill("deploy-check"),
  "deploy-environment",
  ...Array<SpecialName>(5).fill("evidence"),
  "evidence-unheard",
  "evidence-unheard",
  "protected",
  "protected",
  "protected-pulls",
  "protected-pulls",
  "stricter",
  "noisy",
  "no-ci",
  "red-before",
  "red-before",
  "repair-order",
  "flaky",
  "flaky",
  "superseded",
  "spends",
  "renamed",
  "renamed",
  "mistyped",
  "fix-unread",
  "merged-on-top",
  "merged-red",
  "stop-unheard",
  "few-a-day",
  "executor-replaced",
  "executor-replaced",
  "trunk-behind",
  "trunk-behind",
  "no-ci-pulls",
  "answer-delayed",
  "merge-delayed",
  "fix-unheard",
  "late-check",
];

/** Each rare weather as often as it weighs. */
const CARDS = SPECIAL_NAMES.flatMap((name) => {
  const { weight }: Special = SPECIALS[name];
  return Array<SpecialName>(weight ?? 1).fill(name);
}).concat(DEALT_LAST);

/** Among so many seeds in a row each card is dealt once: however few are played, none is left to luck. */
const DECK_SEEDS = 200;
/** Of the seeds without a special: a fifth of all, since they take half as long again. */
const PULLS_SHARE = 0.28;
/** Of those that push: with rules of their own in any weather. */
const RULED_SHARE = 0.05;

/** A seed's own weather: now and then a special one. */
export function weatherOf(seed: number): Weather {
  const drawn = drawWeather(new Random(seed, "weather"));
  const name = dealt(seed);
  if (name !== null) return specialWeather(drawn, name);
  const landing = new Random(seed, "landing");
  const byPull = landing.chance(PULLS_SHARE);
  const ruled = !byPull && new Random(seed, "ruled").chance(RULED_SHARE);
  return withSpending(byPull ? byPullRequest(drawn, landing) : { ...drawn, ruled }, seed);
}

function withSpending(drawn: Weather, seed: number): Weather {
  const random = new Random(seed, "spending");
  const spending = drawSpending(random);
  return { ...drawn, spending, settings: { ...drawn.settings, ...spendSettings(random, spending) } };
}

function dealt(seed: number): SpecialName | null {
  const random = new Random(Math.floor(seed / DECK_SEEDS), "deck");
  const places = Array.from({ length: DECK_SEEDS }, (_, place) => place);
  for (const card of CARDS) {
    const [place] = places.splice(random.int(0, places.length - 1), 1);
    if (place === seed % DECK_SEEDS) return card;
  }
  return null;
}

export function byPullRequest(drawn: Weather, random: Random): Weather {
  const pulls = drawPulls(random, drawn.forge);
  return {
    ...drawn,
    ciOf: "actions",
    pulls,
    settings: { ...drawn.settings, ...pullSettings(random, pulls) },
  };
}

export function specialWeather(drawn: Weather, name: SpecialName): Weather {
  const { changes, settings }: Special = SPECIALS[name];
  return {
    ...stillWeather(drawn),
    ciOf: "actions",
    lost: 0,
    delayMsMax: 500,
    latencyMsMax: 200,
    sweepMs: 150_000,
    faults: { forge: 0, executor: 0, slack: 0.1, ntfy: 0.2 },
    special: name,
    ...changes,
    settings: { ...drawn.settings, AFK_THREADS_PER_HOUR: "10", AFK_MAX_RUNS: "3", ...settings },
  };
}

/** Who is at work in it; null: anybody. */
export function agentsOf(name: SpecialName | null): Character[] | null {
  if (name === null) return null;
  const { agents }: Special = SPECIALS[name];
  return agents ?? null;
}
