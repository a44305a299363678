/** T3's refusals, each in its own words and with its own status. */

export type Refusal = { status: number; code: string; reason?: string; requiredScope?: string };

/** Schema-invalid: 400 and not one byte. */
export function schemaInvalid(): Response {
  return new Response(null, { status: 400 });
}

export function invalidRequest(reason: "invalid_command" | "invalid_scope" | "scope_not_granted"): Response {
  return refusal("EnvironmentRequestInvalidError", { status: 400, code: "invalid_request", reason });
}

export function authInvalid(reason: "missing_credential" | "invalid_credential"): Response {
  return refusal("EnvironmentAuthInvalidError", { status: 401, code: "auth_invalid", reason });
}

export function scopeRequired(requiredScope: string): Response {
  return refusal("EnvironmentScopeRequiredError", { status: 403, code: "insufficient_scope", requiredScope });
}

export function threadNotFound(): Response {
  const reason = "thread_not_found";
  return refusal("EnvironmentResourceNotFoundError", { status: 404, code: "not_found", reason });
}

/** Some invariant is broken; T3 does not say which. */
export function dispatchFailed(): Response {
  const reason = "orchestration_dispatch_failed";
  return refusal("EnvironmentInternalError", { status: 500, code: "internal_error", reason });
}

export function noSuchRoute(): Response {
  return new Response(null, { status: 404 });
}

function refusal(_tag: string, { status, ...words }: Refusal): Response {
  return Response.json({ _tag, ...words, traceId: "00000000000000000000000000000000" }, { status });
}
