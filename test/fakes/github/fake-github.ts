/**
 * A stateful GitHub: serves what api.github.com serves for the operations this project uses, refuses what it refuses,
 * and tells what happens by signed webhooks. Nothing here touches a platform: the clock and git are given, deliveries
 * are handed out.
 *
 * For each request, first match answers:
 *   a fault that matches ........ what the scenario asked for
 *   a job's log ................. text, to anyone who holds the link
 *   no user agent ............... 403, as GitHub does
 *   a route of an app's own ..... needs a JWT, 401 else
 *   no or a wrong token ......... 401 Bad credentials
 *   quota used up ............... 403, x-ratelimit-remaining 0; GraphQL tells it in a 200
 *   body no JSON, API version ... 400
 *   a renamed repository ........ 301 for reads, 307 for the rest, to /repositories/{id}/…
 *   the route ................... its answer; 304 and free of quota where the caller holds it already
 *   no such route ............... 404
 * Every exchange is logged, and checked where `validate` is given: what it finds stands in `violations`.
 */
import type { Keeps } from "../exchange.ts";
import { type Exchange, type ExchangeCheck, Exchanges, RECORDS_MAX } from "../forge/exchanges.ts";
import { Faults, faulty } from "../forge/faults.ts";
import { router } from "../forge/router.ts";
import type { GitAccess, ServedForge } from "../forge/server.ts";
import type { ForgeQuota, ForgeStandIn, On, SeenIssue, TextStands } from "../forge/stand-in.ts";
import type { GitHost } from "../git/git-host.ts";
import { type Answer, notFound, refused, usedUp } from "./answer.ts";
import { appAnswer, botOf, type FakeApp } from "./app-auth.ts";
import { conversionAnswer, isConversion, isManifestPage, type Manifests, manifestPage } from "./app-manifest.ts";
import type { Call } from "./call.ts";
import { Ci } from "./ci.ts";
import { graphql } from "./graphql.ts";
import { type Received, receive, respond } from "./http.ts";
import { People } from "./people.ts";
import { told } from "./pull-merges.ts";
import { pushRefusal } from "./pull-rules.ts";
import { settle } from "./pull-settling.ts";
import { Pulls } from "./pulls.ts";
import { ciRoutes } from "./routes-ci.ts";
import { commentRoutes } from "./routes-comments.ts";
import { contentsRoutes } from "./routes-contents.ts";
import { gitRoutes } from "./routes-git.ts";
import { hookRoutes } from "./routes-hooks.ts";
import { issueRoutes } from "./routes-issues.ts";
import { pullRoutes } from "./routes-pulls.ts";
import { repoRoutes } from "./routes-repo.ts";
import { settingsRoutes } from "./routes-settings.ts";
import { ciWord, seenIssue, seenIssues, textStands } from "./seen.ts";
import { emptyState, type State } from "./state.ts";
import { type Delivery, deliveryOf, type Hook, pingPayload, signedRequest } from "./webhooks.ts";
import { rerunFailed } from "./workflow-runs.ts";
import {
  findAccount,
  findRepo,
  fullName,
  isThere,
  mayPush,
  mayRead,
  needAccount,
  needIssue,
  needRepo,
  type World,
} from "./world.ts";

export type FakeGitHubOptions = {
  /** Milliseconds. */
  now: () => number;
  keeps?: Keeps;
  /** `none`: accounts and repositories without their dozens of URLs, which nobody here follows; a tenth of the bytes. */
  links?: World["links"];
  git: GitHost;
  /** The token a client must show, and the login it belongs to. */
  token: string;
  login?: string;
  /** An app that may come with a JWT instead; install it where it may work. */
  app?: FakeApp;
  webhook?: Hook;
  /** Called for each delivery in the order of what happened; without it they are only recorded. */
  deliver?: (delivery: Delivery) => void;
  validate?: ExchangeCheck;
  /** Where the API is served under, in front of every path. */
  basePath?: string;
  apiUrl?: string;
  htmlUrl?: string;
  cloneUrl?: (fullName: string) => string;
};

const HOUR_SECONDS = 3600;
const FREE_PATHS = ["/rate_limit"];

const route = router({
  ...repoRoutes,
  ...settingsRoutes,
  ...hookRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...ciRoutes,
  ...pullRoutes,
  ...gitRoutes,
  ...contentsRoutes,
});

export class FakeGitHub implements ServedForge {
  readonly forge = "github";
  readonly people: People;
  readonly ci: Ci;
  readonly pulls: Pulls;
  readonly faults = new Faults();
  readonly deliveries: Delivery[] = [];
  /** When the tokens end, told in a header of each answer; null: they do not. */
  tokenEndsAt: number | null = null;
  onExchange: (exchange: Exchange) => void = () => {};
  onRerun: World["onRerun"] = () => {};
  onOwnMove: World["onOwnMove"] = () => {};
  private readonly options: FakeGitHubOptions;
  private readonly tokens = new Map<string, string>();
  /** What GitHub says of a token beside every answer to it. */
  private readonly tokenHeaders = new Map<string, Record<string, string>>();
  /** For the parts of the stand-in itself. */
  readonly world: World;
  private readonly exchanges: Exchanges;
  private readonly manifests: Manifests = new Map();
  private requests = 0;

  constructor(options: FakeGitHubOptions) {
    this.options = options;
    this.exchanges = new Exchanges(options.validate, options.keeps, (exchange) => this.onExchange(exchange));
    const htmlUrl = options.htmlUrl ?? "https://github.com";
    this.world = {
      state: emptyState(),
      now: options.now,
      links: options.links ?? "all",
      git: options.git,
      urls: {
        api: options.apiUrl ?? "https://api.github.com",
        html: htmlUrl,
        clone: options.cloneUrl ?? ((name) => `${htmlUrl}/${name}.git`),
      },
      emit: (event, repo, sender, payload) => this.emit(event, { repo, sender, payload }),
      onRerun: (repo, run, attempt) => this.onRerun(repo, run, attempt),
      onOwnMove: (move, step) => this.onOwnMove(move, step),
      settling: new Map(),
    };
    this.people = new People(this.world);
    this.ci = new Ci(this.world);
    this.pulls = new Pulls(this.world);
    this.addToken(options.token, options.login ?? "afk-loop");
    if (options.app !== undefined) this.people.addBot(options.app.slug, undefined, options.app.id);
  }

  static fromJSON(state: State, options: FakeGitHubOptions): FakeGitHub {
    const github = new FakeGitHub(options);
    github.restore(state);
    return github;
  }

  /** Every exchange, oldest first. */
  get log(): Exchange[] {
    return this.exchanges.log;
  }

  /** What broke GitHub's description, or the stand-in itself. */
  get violations(): string[] {
    return this.exchanges.violations;
  }

  get state(): State {
    return this.world.state;
  }

  toJSON(): State {
    return this.world.state;
  }

  /** Comes back with a saved state; tokens, faults, log and recorded deliveries stay as they are. */
  restore(state: State): void {
    this.world.state = structuredClone(state);
    for (const login of this.tokens.values()) this.people.addUser(login);
    if (this.options.app !== undefined) this.people.addBot(this.options.app.slug, undefined, this.options.app.id);
  }

  restoreText(text: string): void {
    this.restore(JSON.parse(text));
  }

  addToken(token: string, login: string): void {
    if (findAccount(this.world, login) === undefined) this.people.addUser(login);
    this.tokens.set(token, login);
  }

  revokeToken(token: string): void {
    this.tokens.delete(token);
  }

  /** A classic token has scopes; one that ends says when, as GitHub writes it: `2026-12-01 00:00:00 UTC`. */
  describeToken(token: string, { scopes, ends }: { scopes?: string; ends?: string }): void {
    this.tokenHeaders.set(token, {
      ...(scopes === undefined ? {} : { "x-oauth-scopes": scopes }),
      ...(ends === undefined ? {} : { "github-authentication-token-expiration": ends }),
    });
  }

  /**
   * What GitHub does about a push: webhook, references, issues closed by keyword, pull requests that follow it. An end
   * of forty zeros is no commit. Throws where the branch's rules refuse a direct push: nothing could have moved it.
   */
  async pushed(repo: string, branch: string, before: string, after: string, by: string): Promise<void> {
    const there = needRepo(this.world, repo);
    const refusal = pushRefusal(there, branch, after);
    if (refusal !== null) throw new Error(refusal.join("\n"));
    await told(this.world, there, needAccount(this.world, by), { branch, before, after });
    await settle(this.world, there);
  }

  /** The words with which a direct push to a branch is refused; null: it is taken. */
  pushRefusal(repo: string, branch: string): string[] | null {
    return pushRefusal(needRepo(this.world, repo), branch);
  }

  signed(delivery: Delivery): Promise<Request> {
    return signedRequest(delivery, this.options.webhook?.secret ?? "");
  }

  access(name: string, login: string | undefined): GitAccess | undefined {
    const repo = findRepo(this.world, name);
    const account = login === undefined ? undefined : findAccount(this.world, login);
    if (repo === undefined) return undefined;
    const may = { mayRead: account === undefined ? !repo.private : mayRead(repo, account) };
    return {
      ...{ git: repo.git, name: fullName(repo), private: repo.private, ...may },
      mayPush: account !== undefined && mayPush(repo, account),
    };
  }

  gitNames(): Record<string, string> {
    return Object.fromEntries(this.state.repos.map((repo) => [repo.git, fullName(repo)]));
  }

  repos(): string[] {
    return this.state.repos.map(fullName);
  }

  issues(repo: string): SeenIssue[] {
    return seenIssues(this.world, needRepo(this.world, repo));
  }

  issue(repo: string, number: number): SeenIssue | undefined {
    const there = needRepo(this.world, repo);
    const issue = there.issues.find((each) => each.number === number && isThere(each) && each.pull === undefined);
    return issue === undefined ? undefined : seenIssue(this.world, there, issue);
  }

  textStands(repo: string, number: number, labelling: string, sinceMs?: number): TextStands {
    return textStands(needIssue(this.world, repo, number).issue, labelling, sinceMs);
  }

  mayPush(repo: string, login: string): boolean {
    return mayPush(needRepo(this.world, repo), needAccount(this.world, login));
  }

  moveIssue(on: On & { to: string }): { number: number } {
    return this.people.transferIssue(on);
  }

  async rerunByHand(repo: string, runId: number): Promise<void> {
    const there = needRepo(this.world, repo);
    const run = there.workflowRuns.find((each) => each.id === runId);
    if (run?.status !== "completed") throw new Error(`no run ${runId} of ${repo} is over`);
    await rerunFailed(this.world, there, run);
  }

  readonly quota: ForgeQuota = {
    leave: (requests, untilMs) => {
      const { rateLimit } = this.state;
      Object.assign(rateLimit, { used: rateLimit.limit - requests, resetAt: Math.floor(untilMs / 1000) });
    },
    refill: () => {
      const { rateLimit } = this.state;
      rateLimit.used = Math.min(rateLimit.used, 100);
    },
  };

  runOf(repo: string, runId: number): { sha: string; branch: string } | undefined {
    const there = needRepo(this.world, repo);
    const run = there.workflowRuns.find((each) => each.id === runId);
    return run === undefined ? undefined : { sha: run.headSha, branch: run.headBranch ?? there.defaultBranch };
  }

  ciWord(repo: string, sha: string): ReturnType<ForgeStandIn["ciWord"]> {
    return ciWord(needRepo(this.world, repo), sha);
  }

  /** What GitHub sends when a hook is made. */
  ping(repo: string): void {
    const there = needRepo(this.world, repo);
    const payload = pingPayload(this.world, there, this.options.webhook?.url ?? "");
    this.emit("ping", { repo: there, sender: needAccount(this.world, there.owner), payload });
  }

  /** Throws where a request or an answer broke GitHub's description; a test calls it at its end. */
  assertContract(): void {
    if (this.violations.length > 0) throw new Error(`${this.violations.length} broken:\n${this.violations.join("\n")}`);
  }

  async handle(request: Request): Promise<Response> {
    if (isManifestPage(request)) return manifestPage(this.world, this.manifests, request);
    const received = await receive(request, this.options.basePath ?? "");
    const serve = (): Promise<Response> => this.serve(request, received);
    const fault = this.faults.take(received);
    const { method, path, query, body } = received;
    const recorded = { at: this.world.now(), method, path, query, body, fault: fault !== undefined };
    const answer = fault === undefined ? serve : () => faulty(fault, received, serve, request.signal);
    return this.exchanges.record(recorded, answer);
  }

  private async serve(request: Request, received: Received): Promise<Response> {
    const answer = await this.answer(request, received);
    this.requests += 1;
    const response = respond(received, answer, {
      now: this.world.now(),
      requestId: `FAKE:${this.requests}`,
      basePath: this.options.basePath ?? "",
      rateLimit: this.spent(),
      ifNoneMatch: request.headers.get("if-none-match"),
      tokenEndsAt: this.tokenEndsAt,
    });
    for (const [name, value] of Object.entries(this.tokenHeaders.get(received.authorization ?? "") ?? {}))
      response.headers.set(name, value);
    // Free of charge; the header told one request too many, as GitHub's own counter lags.
    if (response.status === 304 && !FREE_PATHS.includes(received.path)) this.world.state.rateLimit.used -= 1;
    return response;
  }

  private async answer(request: Request, received: Received): Promise<Answer> {
    const { method, path, query, body } = received;
    const log = /^\/_logs\/(\d+)\/(\d+)$/.exec(path);
    if (log !== null && method === "GET") return this.jobLog(Number(log[1]), Number(log[2]));
    if (!request.headers.get("user-agent"))
      return refused(
        403,
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
      );
    if (isConversion(received)) return this.converted(await conversionAnswer(this.world, this.manifests, received));
    const forApp = await appAnswer(this.world, this.options.app, received);
    if (forApp !== undefined) return forApp;
    const login = this.loginOf(received.authorization);
    const viewer = login === undefined ? undefined : findAccount(this.world, login);
    if (viewer === undefined) return refused(401, "Bad credentials");
    const quota = this.spent();
    if (!FREE_PATHS.includes(path)) {
      if (quota.used >= quota.limit) return usedUp(path, `API rate limit exceeded for user ID ${viewer.id}.`);
      quota.used += 1;
    }
    if (received.refusal !== undefined) return received.refusal;
    if (path === "/graphql" && method === "POST") return graphql(this.world, viewer, body);
    return (
      this.moved(received) ??
      this.routed(method, this.presentPath(path), {
        viewer,
        token: received.authorization?.startsWith("github_pat_") ? "fine-grained" : "other",
        query,
        body,
      })
    );
  }

  /** From now on the App that was made may come. */
  private converted({ answer, app }: { answer: Answer; app?: FakeApp }): Answer {
    if (app === undefined) return answer;
    this.options.app = app;
    this.people.addBot(app.slug, undefined, app.id);
    return answer;
  }

  private async routed(
    method: string,
    path: string,
    asked: Pick<Call, "viewer" | "token" | "query" | "body">,
  ): Promise<Answer> {
    const found = route(method, path);
    if (found === undefined) return notFound;
    try {
      return await found.handler({ ...asked, world: this.world, params: found.params });
    } catch (error) {
      this.violations.push(
        `the stand-in itself failed at ${method} ${path}: ${error instanceof Error ? error.stack : error}`,
      );
      return refused(500, "Server Error");
    }
  }

  /** Whose token this is, if anyone's. */
  loginOf(token: string | undefined): string | undefined {
    return token === undefined ? undefined : (this.tokens.get(token) ?? botOf(this.world, token));
  }

  /** `/repositories/{id}/…` is the same as the repository's present name. */
  private presentPath(path: string): string {
    const byId = /^\/repositories\/(\d+)(?=\/|$)/.exec(path);
    const repo = byId === null ? undefined : this.world.state.repos.find((each) => each.id === Number(byId[1]));
    return byId === null || repo === undefined ? path : `/repos/${fullName(repo)}${path.slice(byId[0].length)}`;
  }

  private moved({ method, path, url }: Received): Answer | undefined {
    const [, owner, name] = /^\/repos\/([^/]+)\/([^/]+)/.exec(path) ?? [];
    const id = this.world.state.movedNames[`${owner}/${name}`.toLowerCase()];
    if (id === undefined) return undefined;
    const location = `/repositories/${id}${path.slice(`/repos/${owner}/${name}`.length)}${url.search}`;
    return { ...refused(method === "GET" ? 301 : 307, "Moved Permanently"), location };
  }

  private jobLog(repoId: number, jobId: number): Answer {
    const job = this.world.state.repos.find((repo) => repo.id === repoId)?.jobs.find((each) => each.id === jobId);
    return job === undefined || job.log === null ? notFound : { status: 200, text: job.log };
  }

  private spent(): State["rateLimit"] {
    const { rateLimit } = this.world.state;
    const nowSeconds = Math.floor(this.world.now() / 1000);
    if (nowSeconds >= rateLimit.resetAt) Object.assign(rateLimit, { used: 0, resetAt: nowSeconds + HOUR_SECONDS });
    return rateLimit;
  }

  private emit(event: string, emission: Parameters<typeof deliveryOf>[3]): void {
    const { webhook, deliver } = this.options;
    if (webhook === undefined) return;
    const delivery = deliveryOf(this.world, webhook, event, emission);
    this.deliveries.push(delivery);
    if (this.deliveries.length > RECORDS_MAX) this.deliveries.shift();
    deliver?.(delivery);
  }
}
