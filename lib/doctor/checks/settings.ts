/** The settings by themselves, as the loop reads them. */
import type { Facts, SettingsFacts } from "../facts.ts";
import { type Finding, fail, ok, warn } from "../finding.ts";

const KEY = "GITHUB_APP_PRIVATE_KEY";
const ALLOWLIST = "AFK_ALLOWLIST";
const EXACTLY = "name each repo exactly, as github:owner/name or forgejo:owner/name";
const CONVERT = "openssl pkcs8 -topk8 -inform PEM -outform PEM -nocrypt -in key.pem -out key.pkcs8.pem";

export function settingsChecks({ settings }: Facts): Finding[] {
  return [...valid(settings), killSwitch(settings), allowlist(settings), privateKey(settings)];
}

function valid({ parsed, warnings, exposedFile, set }: SettingsFacts): Finding[] {
  const wrong = parsed.errors.map(({ setting, reason }) =>
    fail("settings", setting, reason, `set ${setting} right: as it is, the whole loop stays disabled`),
  );
  const odd = warnings.map((text) => warn("settings", "loop", text, "correct its name, or take it out"));
  const open =
    exposedFile === null
      ? []
      : [
          warn("settings", "file", `others on this machine may read ${exposedFile}`, `chmod 600 ${exposedFile}`, {
            type: "file_mode",
            path: exposedFile,
          }),
        ];
  const all = [...wrong, ...odd, ...open];
  return all.length > 0 ? all : [ok("settings", "loop", `${set.size} set, all valid`)];
}

function killSwitch({ parsed: { config, errors } }: SettingsFacts): Finding {
  const wrong = errors.find(({ setting }) => setting === "AFK_KILL_SWITCH");
  if (wrong !== undefined)
    return fail("kill-switch", wrong.setting, `${wrong.reason}, so it counts as on`, "write true or false");
  const what = config.killSwitch
    ? "on here: a loop with these settings starts nothing"
    : "off: what the allowlist names may start";
  return ok("kill-switch", "AFK_KILL_SWITCH", what);
}

function allowlist({ parsed: { config, errors }, repos }: SettingsFacts): Finding {
  const wrong = errors.find(({ setting }) => setting === ALLOWLIST);
  if (wrong !== undefined) return fail("allowlist", ALLOWLIST, wrong.reason, EXACTLY);
  const { allowlist: enrolled } = config;
  if (enrolled.length > 0) return ok("allowlist", ALLOWLIST, `names ${enrolled.join(", ")}`);
  return repos.length > 0
    ? ok("allowlist", ALLOWLIST, "empty: no repo is enrolled; the repos asked about are looked at")
    : warn(
        "allowlist",
        ALLOWLIST,
        "empty: no repo is enrolled, and none was looked at",
        `${EXACTLY}, or ask with --repo`,
      );
}

function privateKey({ privateKey: format }: SettingsFacts): Finding {
  switch (format) {
    case null:
      return ok("private-key-format", KEY, "no App is set");
    case "pkcs8":
      return ok("private-key-format", KEY, "PKCS#8, which Workers can read");
    case "pkcs1":
      return fail("private-key-format", KEY, "PKCS#1, as GitHub hands it out: Workers cannot read it", CONVERT, {
        type: "private_key",
      });
    case "encrypted":
      return fail("private-key-format", KEY, "encrypted: nobody is there to type its password", CONVERT);
    case "unreadable":
      return fail(
        "private-key-format",
        KEY,
        "no key in PEM, or a broken one",
        "paste the whole file, with \\n for ends",
      );
    default:
      return format satisfies never;
  }
}
