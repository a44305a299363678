/** The first 128 bits of a text's SHA-256, in hexadecimal digits: the same text gives the same id. */
export async function hashId(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...hash.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
