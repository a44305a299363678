/**
 * How a request is refused, and the rungs that every route with a JSON body begins with.
 *
 *   405 ... not a POST                408 ... body not complete in time
 *   415 ... not application/json      413 ... body too large, counted
 */
import { type BodyLimits, isJson, readBody } from "./request-body.ts";

export function refused(status: number, reason: string, headers: Record<string, string> = {}): Response {
  return Response.json({ status: "refused", reason }, { status, headers });
}

/** The bytes of a body that says it is JSON: whether it is, the caller finds. */
export type JsonRequestBody = { type: "read"; bytes: Uint8Array } | { type: "refused"; answer: Response };

export async function jsonRequestBody(request: Request, limits: BodyLimits): Promise<JsonRequestBody> {
  const no = (...why: Parameters<typeof refused>): JsonRequestBody => ({ type: "refused", answer: refused(...why) });
  if (request.method !== "POST") return no(405, "only POST", { allow: "POST" });
  if (!isJson(request.headers.get("content-type"))) return no(415, "content-type must be application/json");
  const body = await readBody(request, limits);
  if (body.type === "late") return no(408, "body not complete in time");
  if (body.type === "too_large") return no(413, "body too large");
  return body;
}
