/** Whether a delivery was signed with one of our secrets. */
import { verify } from "@octokit/webhooks-methods";

/** The text of exactly these bytes; null when they are not UTF-8, for then no text has their signature. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Every secret is tried, whichever fits, and each comparison takes constant time. `digest`: bare hex. */
export async function isSigned(body: string, digest: string | null, secrets: string[]): Promise<boolean> {
  if (digest === null || body === "") return false;
  const fits = await Promise.all(secrets.map((secret) => verify(secret, body, `sha256=${digest.toLowerCase()}`)));
  return fits.includes(true);
}
