/** The App's private key, in whatever form a person pasted it. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { unfoldedKey } from "../forge/github/credentials.ts";
import type { SettingsFacts } from "./facts.ts";

export function keyFormat(key: string | undefined): SettingsFacts["privateKey"] {
  if (!key?.trim()) return null;
  const pem = unfoldedKey(key);
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(pem)) return "encrypted";
  if (keyOf(pem) === null) return "unreadable";
  return pem.includes("-----BEGIN PRIVATE KEY-----") ? "pkcs8" : "pkcs1";
}

/** As PKCS#8, in one line as a settings file takes it; null: it is no key. */
export function asPkcs8(key: string): string | null {
  const pem = keyOf(unfoldedKey(key))?.export({ type: "pkcs8", format: "pem" });
  return pem === undefined ? null : String(pem);
}

function keyOf(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
