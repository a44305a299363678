/** Tokens and scopes: who may ask what, and the exchange of a one-time pairing credential for a token of 30 days. */
import { authInvalid, invalidRequest, schemaInvalid, scopeRequired } from "./answers.ts";
import { TokenExchange } from "./schema.ts";
import type { Token } from "./state.ts";
import type { World } from "./world.ts";

export const READ = "orchestration:read";
export const OPERATE = "orchestration:operate";

export const ALL_SCOPES = [
  READ,
  OPERATE,
  "terminal:operate",
  "review:write",
  "access:read",
  "access:write",
  "relay:read",
  "relay:write",
];

const LIFE_SECONDS = 30 * 24 * 60 * 60;

/** The bearer's token while it lives, else the refusal. */
export function authenticate(world: World, headers: Headers): Token | Response {
  const bearer = bearerOf(headers);
  if (bearer === null) return authInvalid("missing_credential");
  return liveToken(world, bearer) ?? authInvalid("invalid_credential");
}

/** Null: allowed. */
export function lacks(token: Token, scope: string): Response | null {
  return token.scopes.includes(scope) ? null : scopeRequired(scope);
}

/** 200 also for a stranger: the cheap way to see how a token stands. */
export function sessionState(world: World, headers: Headers): Response {
  const bearer = bearerOf(headers);
  const token = bearer === null ? null : liveToken(world, bearer);
  if (token === null) return Response.json({ authenticated: false });
  return Response.json({
    authenticated: true,
    scopes: token.scopes,
    sessionMethod: "bearer-access-token",
    expiresAt: token.expiresAt,
  });
}

export function exchangeToken(world: World, headers: Headers, form: unknown): Response {
  if (!(headers.get("content-type") ?? "").startsWith("application/x-www-form-urlencoded")) return schemaInvalid();
  const parsed = TokenExchange.safeParse(form);
  if (!parsed.success) return schemaInvalid();
  const { subject_token: credential, requested_token_type: issued, scope } = parsed.data;
  const granted = world.state.pairings[credential];
  if (granted === undefined) return authInvalid("invalid_credential");
  const scopes = scope === undefined ? granted : scope.split(/\s+/);
  if (scopes.some((each) => !ALL_SCOPES.includes(each))) return invalidRequest("invalid_scope");
  if (scopes.some((each) => !granted.includes(each))) return invalidRequest("scope_not_granted");
  delete world.state.pairings[credential];
  const token = `t3-${world.uuid()}`;
  addToken(world, token, scopes, LIFE_SECONDS);
  return Response.json({
    access_token: token,
    issued_token_type: issued,
    token_type: "Bearer",
    expires_in: LIFE_SECONDS,
    scope: scopes.join(" "),
  });
}

export function addToken(world: World, token: string, scopes: string[], lifeSeconds = LIFE_SECONDS): void {
  world.state.tokens[token] = { scopes, expiresAt: new Date(world.now() + lifeSeconds * 1000).toISOString() };
}

function bearerOf(headers: Headers): string | null {
  return /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? null;
}

function liveToken(world: World, bearer: string): Token | null {
  const token = world.state.tokens[bearer];
  return token !== undefined && Date.parse(token.expiresAt) > world.now() ? token : null;
}
