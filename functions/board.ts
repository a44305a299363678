/** The operator's routes, behind a token: the runs, why an issue runs or does not, and pausing. */
import { Hono } from "hono/tiny";
import { everyOf } from "../lib/core/every-of.ts";
import { parseRepoKey, repoKey } from "../lib/core/types.ts";
import { comesAfter, type RunPage, type RunState, type RunView } from "../lib/loop/runs-view.ts";
import { type Env, fleetOf, ledgerOf, settingsOf } from "./env.ts";
import { operatorOnly } from "./operator.ts";
import { handlePause } from "./pauses.ts";
import { refused } from "./refusals.ts";

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const STATES = everyOf<RunState>({ in_flight: true, settling: true, settled: true });

export function createBoard(): Hono<{ Bindings: Env }> {
  const board = new Hono<{ Bindings: Env }>();

  board.use(operatorOnly);

  board.get("/runs", async (context) => {
    const query = parseQuery(context.req.query());
    if ("reason" in query) return refused(400, query.reason);
    const known = await knownRepos(context.env);
    if (query.repo !== null && !known.includes(query.repo)) return refused(404, "unknown repo");
    const repos = query.repo === null ? known : [query.repo];
    const page = { ...query.page, limit: query.page.limit + 1 };
    const unread: string[] = [];
    const lists = await Promise.all(
      repos.map((repo) =>
        // One ledger that cannot be read hides no other's runs; which it is, is said.
        Promise.resolve(ledgerOf(context.env, repo).runs(repo, page)).catch(() => {
          unread.push(repo);
          return [];
        }),
      ),
    );
    const runs = lists.flat().sort((one, other) => (comesAfter(one, other) ? 1 : -1));
    const shown = runs.slice(0, query.page.limit);
    const last = shown.at(-1);
    const next = runs.length > shown.length && last ? `${last.startedAt}-${last.id}` : null;
    return context.json({ runs: shown.map(withoutOrder), next, ...(unread.length > 0 ? { unread } : {}) });
  });

  board.get("/repos/:forge/:owner/:name/issues/:number", async (context) => {
    const { forge, owner, name, number } = context.req.param();
    const repo = parseRepoKey(`${forge}:${owner}/${name}`);
    if (!repo || !/^[1-9]\d{0,8}$/.test(number)) return refused(400, "no such repo or issue number");
    const why = await ledgerOf(context.env, repo).why(repoKey(repo), Number(number));
    if (!("unread" in why)) return context.json(why);
    return refused(404, ["unknown repo or issue", ...(why.unread === null ? [] : [why.unread])].join(": "));
  });

  board.all("/pause", (context) => handlePause(context.req.raw, context.env, "pause"));
  board.all("/resume", (context) => handlePause(context.req.raw, context.env, "resume"));

  return board;
}

interface Query {
  repo: string | null;
  page: RunPage;
}

function parseQuery(query: Record<string, string>): Query | { reason: string } {
  const unknown = Object.keys(query).find((name) => !["repo", "state", "limit", "cursor"].includes(name));
  if (unknown !== undefined) return { reason: `unknown parameter: ${unknown.slice(0, 40)}` };
  const repo = query.repo === undefined ? null : parseRepoKey(query.repo);
  if (query.repo !== undefined && repo === null) return { reason: "repo: not <forge>:owner/name" };
  const state = STATES.find((one) => one === query.state) ?? null;
  if (query.state !== undefined && state === null) return { reason: `state: not one of ${STATES.join(", ")}` };
  const limit = query.limit === undefined ? LIMIT_DEFAULT : Number(query.limit);
  if (!/^\d{1,3}$/.test(query.limit ?? "1") || limit < 1 || limit > LIMIT_MAX)
    return { reason: `limit: not a whole number from 1 to ${LIMIT_MAX}` };
  const cursor = /^(\d{1,15})-([0-9a-f]{8,64})$/.exec(query.cursor ?? "");
  if (query.cursor !== undefined && !cursor) return { reason: "cursor: not one we gave" };
  const before = cursor?.[1] && cursor[2] ? { startedAt: Number(cursor[1]), id: cursor[2] } : null;
  return { repo: repo === null ? null : repoKey(repo), page: { limit, state, before } };
}

/** Enrolled repos, and those that were once and left runs behind. */
async function knownRepos(env: Env): Promise<string[]> {
  const { standings } = await fleetOf(env).standing();
  return [...new Set([...settingsOf(env).config.allowlist, ...Object.keys(standings)])];
}

function withoutOrder({ startedAt: _order, ...view }: RunView) {
  return view;
}
