/**
 * The forge of one seed: its stand-in, the settings that lead to it, and where the two forges are not alike. Nothing else
 * in the simulation asks which one it is.
 */

import type { Delivery, ForgeName, ForgeStandIn, On } from "../fakes/forge/stand-in.ts";
import { FakeForgejo } from "../fakes/forgejo/fake-forgejo.ts";
import type { GitMemory } from "../fakes/git/git-memory.ts";
import { FakeGitHub } from "../fakes/github/fake-github.ts";
import { count } from "./coverage.ts";
import { forgejoRecords, githubRecords, type Records } from "./records.ts";
import type { Leads } from "./renaming.ts";

/** Where the forge is, and the loop that it tells. */
const ORIGIN = "http://127.0.0.1:8101";
const LOOP = "http://127.0.0.1:8787";

export interface Given {
  now: () => number;
  git: GitMemory;
  token: string;
  /** Our own account. */
  login: string;
  secret: string;
  /** The label without which a sight proves nothing. */
  ready: string;
  /** The account of the one bot that is trusted. */
  botId: number;
  ci: "actions" | "outside";
  deliver: (delivery: Delivery) => void;
}

export interface PlayedForge {
  standIn: ForgeStandIn;
  records: Records;
  settings: Record<string, string>;
  /** Below which its API lies. */
  basePath: string;
  /** What our account must be allowed, to ask what others are. */
  ourRole: "write" | "admin";
  /** The name of a label that a path calls so. */
  labelName(repo: string, called: string): string;
  /** The names of the labels that a request puts on. */
  labelsPut(repo: string, body: string): string[];
  /**
   * Of a delivery that shows a text with its labels on: the issue and the second it was of. Null on a forge that tells
   * when a text was last edited, where no delivery is needed to prove it.
   */
  sightOf(delivery: Delivery): { number: number; at: string } | null;
  /** Whether a text that nobody was told of in time may have to be labelled again (rule 8). */
  needsSights: boolean;
  /** Puts a pull request into the merge queue; null on a forge that has none. */
  enqueue: ((on: On) => Promise<void>) | null;
  /** From now on a push to a branch breaks off what CI still does for the one before. */
  supersede(repo: string): void;
  /** From a repo's name that was given up. */
  leads: Leads;
  /** Tells of a deployment of a commit; null on a forge that knows none. */
  deploy: ((told: Deployed) => void) | null;
}

export interface Deployed {
  repo: string;
  sha: string;
  environment: string;
  state: "pending" | "success" | "failure";
}

export function playedForge(forge: ForgeName, given: Given): PlayedForge {
  switch (forge) {
    case "github":
      return github(given);
    case "forgejo":
      return forgejo(given);
    default:
      return forge satisfies never;
  }
}

function github({ secret, botId, ci: _ci, ready: _ready, ...given }: Given): PlayedForge {
  const standIn = new FakeGitHub({
    ...given,
    keeps: "nothing",
    links: "none",
    webhook: { url: `${LOOP}/webhooks/github`, secret },
    apiUrl: ORIGIN,
    htmlUrl: ORIGIN,
  });
  return {
    standIn,
    records: githubRecords(standIn),
    settings: {
      GITHUB_API_URL: ORIGIN,
      GITHUB_TOKEN: given.token,
      GITHUB_WEBHOOK_SECRET: secret,
      AFK_TRUSTED_BOT_IDS: `github:${botId}`,
    },
    basePath: "",
    ourRole: "write",
    labelName: (_repo, called) => called,
    labelsPut: (_repo, body) => labelsOf(body),
    sightOf: () => null,
    needsSights: false,
    enqueue: (on) => standIn.pulls.enqueue(on),
    supersede: (repo) => standIn.ci.supersede(repo),
    leads: {
      apiUrl: ORIGIN,
      to: (method, id) => ({ status: method === "GET" ? 301 : 307, place: `/repositories/${id}` }),
      areFollowed: true,
    },
    deploy: (told) => void standIn.ci.deploy({ ...told, by: "dev" }),
  };
}

function forgejo({ secret, botId, ready, ...given }: Given): PlayedForge {
  if (given.ci === "outside") count("fault", "outside-ci");
  const standIn = new FakeForgejo({
    ...given,
    keeps: "nothing",
    webhook: { url: `${LOOP}/webhooks/forgejo`, secret },
    rootUrl: ORIGIN,
  });
  const labelName = (name: string, called: string) => {
    const repo = standIn.state.repos.find((one) => `${one.owner}/${one.name}` === name);
    return repo?.labels.find((label) => String(label.id) === called)?.name ?? called;
  };
  return {
    standIn,
    records: forgejoRecords(standIn, given.git),
    settings: {
      // Unset, it would mean the real one, and nothing is armed then.
      GITHUB_API_URL: ORIGIN,
      FORGEJO_URL: ORIGIN,
      FORGEJO_TOKEN: given.token,
      FORGEJO_WEBHOOK_SECRET: secret,
      AFK_TRUSTED_BOT_IDS: `forgejo:${botId}`,
    },
    basePath: "/api/v1",
    ourRole: "admin",
    labelName,
    labelsPut: (name, body) => labelsOf(body).map((called) => labelName(name, called)),
    sightOf({ event, action, body }) {
      if (event !== "issues" || action !== "label_updated") return null;
      const { issue } = JSON.parse(body) as {
        issue: { number: number; updated_at: string; labels: { name: string }[] };
      };
      const isOn = issue.labels.some((label) => label.name === ready);
      return isOn ? { number: issue.number, at: issue.updated_at } : null;
    },
    needsSights: true,
    enqueue: null,
    supersede: (repo) => standIn[given.ci].supersede(repo),
    leads: {
      apiUrl: `${ORIGIN}/api/v1`,
      to: (_method, _id, name) => ({ status: 307, place: `/repos/${name}` }),
      areFollowed: false,
    },
    deploy: null,
  };
}

function labelsOf(body: string): string[] {
  const { labels = [] } = JSON.parse(body) as { labels?: (string | number)[] };
  return labels.map(String);
}
