/**
 * FORGEJO_CA: the certificates of a private CA, or a self-signed server's own, as PEM or as the path of a file of it.
 * workerd trusts them beside the system's store. Cloudflare trusts only public CAs, and no setting changes that.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SettingsError } from "./settings.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Each certificate by itself: of several in one text workerd takes the first alone. */
export function readCertificates(setting: string | null, cwd: string): string[] {
  if (setting === null) return [];
  // A certificate pasted into one line of a settings file holds its line ends as \n.
  const text = setting.includes("-----BEGIN") ? setting.replaceAll("\\n", "\n") : readText(resolve(cwd, setting));
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new SettingsError("FORGEJO_CA holds no certificate in PEM");
  return certificates.map((certificate) => `${certificate}\n`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SettingsError(`FORGEJO_CA cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
