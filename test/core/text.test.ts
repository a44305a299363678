import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fenced,
  head,
  inline,
  newestThatFit,
  REDACTED,
  redact,
  tail,
  visible,
  without,
  withoutRoute,
  withRoute,
} from "../../lib/core/text.ts";
import { cpuMs } from "../cpu-ms.ts";

const B64 = "ZXhhbXBsZS1vZi1hLWtleQ";
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${B64}\n${B64}\n-----END RSA PRIVATE KEY-----`;

describe("redact", () => {
  const x = (length: number) => "a1B2".repeat(length).slice(0, length);
  const table: [what: string, text: string, clean: string][] = [
    ...["ghp", "gho", "ghu", "ghs", "ghr"].map((kind): [string, string, string] => [
      `a GitHub ${kind} token`,
      `use ${kind}_${x(36)} now`,
      `use ${REDACTED} now`,
    ]),
    ["a fine-grained GitHub token", `github_pat_${x(22)}_${x(59)}`, REDACTED],
    ...["xoxb", "xoxp", "xoxa", "xoxe", "xoxr", "xoxs"].map((kind): [string, string, string] => [
      `a Slack ${kind} token`,
      `(${kind}-123456789012-${x(24)})`,
      `(${REDACTED})`,
    ]),
    ["an sk- key", `sk-proj-${x(40)}`, REDACTED],
    ["an AWS key id", "id AKIAIOSFODNN7EXAMPLE.", `id ${REDACTED}.`],
    ["a temporary AWS key id", "ASIAIOSFODNN7EXAMPLE", REDACTED],
    ["a JSON web token", `eyJ${x(20)}.eyJ${x(20)}.${x(43)}`, REDACTED],
    ["a private key", `before\n${KEY}\nafter`, `before\n${REDACTED}\nafter`],
    ["two private keys and what is between", `${KEY}\nbetween\n${KEY}`, `${REDACTED}\nbetween\n${REDACTED}`],
    ["a bearer token", `Authorization: Bearer ${x(20)}==`, `Authorization: Bearer ${REDACTED}`],
    ["a bearer token in lower case", `authorization: bearer ${x(20)}`, `authorization: bearer ${REDACTED}`],
    ["a password in a URL", "https://me:hunter22@host/x", `https://me:${REDACTED}@host/x`],
    ["a password in a URL without a user", "redis://:hunter22@host", `redis://:${REDACTED}@host`],
    ["a password assigned", "password=hunter2hunter2", `password=${REDACTED}`],
    ["a password in JSON", '{"password": "hunter2hunter2"}', `{"password": "${REDACTED}"}`],
    ["a token in YAML", "token: abcdefgh12", `token: ${REDACTED}`],
    ["an API key", "api_key = abcdefgh12", `api_key = ${REDACTED}`],
    ["an API key with a dash", "API-KEY: abcdefgh12", `API-KEY: ${REDACTED}`],
    ["a secret", "Secret='abcdefgh12'", `Secret='${REDACTED}'`],
  ];
  test.each(table)("takes out %s", (_, text, clean) => {
    expect(redact(text)).toBe(clean);
    expect(redact(`${text}\n${text}`)).toBe(`${clean}\n${clean}`);
  });

  test.each([
    "a plain sentence about tokens and secrets",
    "ghp_short",
    "the token is missing",
    "https://host:8080/path",
    "mail me@example.com",
    "skill-based matching",
    "sha 0123456789abcdef0123456789abcdef01234567",
    "BEGIN PRIVATE KEY",
    "password: ***",
    "",
  ])("leaves %j", (text) => {
    expect(redact(text)).toBe(text);
  });

  test("takes out a private key that was cut off, to the end", () => {
    expect(redact(`before\n${KEY.slice(0, 60)}`)).toBe(`before\n${REDACTED}`);
  });

  test("takes out the values we hold, everywhere, whatever they are made of", () => {
    const held = ["correct.horse+battery$1", "(second)[one]*"];
    expect(redact(`a ${held[0]} b ${held[1]} c ${held[0]}`, held)).toBe(`a ${REDACTED} b ${REDACTED} c ${REDACTED}`);
  });

  test("a held value so short that it is a word is left", () => {
    expect(redact("main is main", ["main", ""])).toBe("main is main");
    expect(redact("12345678", ["12345678"])).toBe(REDACTED);
    expect(redact("1234567", ["1234567"])).toBe("1234567");
  });

  test("a secret known to have been sent is taken out however short, and one that is not set is none", () => {
    expect(without("a [b] c [b]", ["[b]", "", null])).toBe(`a ${REDACTED} c ${REDACTED}`);
  });

  test("no held value is left in any text, and redacting twice changes nothing", () => {
    const secret = fc.string({ minLength: 8, maxLength: 20 }).filter((text) => !REDACTED.includes(text));
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), fc.array(fc.string()), (held, words) => {
        const clean = redact(held.flatMap((one, at) => [words[at] ?? "", one]).join(" "), held);
        for (const one of held)
          if (!held.some((other) => other !== one && one.includes(other))) expect(clean).not.toContain(one);
        expect(redact(clean, held)).toBe(clean);
      }),
    );
  });

  test.each([
    ["letters", "a".repeat(200_000)],
    ["prefixes of tokens", "ghp_".repeat(50_000)],
    ["beginnings of keys", "-----BEGIN ".repeat(20_000)],
    ["capitals after a beginning", `-----BEGIN ${"A ".repeat(100_000)}`],
    ["many keys without an end", "-----BEGIN PRIVATE KEY-----".repeat(8000)],
    ["beginnings of web tokens", "eyJaaaaaaaaaaa.".repeat(15_000)],
    ["one web token without an end", `eyJ${"a".repeat(200_000)}`],
    ["bearers", "bearer ".repeat(30_000)],
    ["URLs", "https://a:".repeat(20_000)],
    ["one URL without an end", `https://a:${"b".repeat(200_000)}`],
    ["colons", ":".repeat(200_000)],
    ["passwords", "password= ".repeat(20_000)],
    ["blanks after a word", `password${" ".repeat(200_000)}`],
  ])("hostile text is read quickly: %s", (_, text) => {
    expect(cpuMs(() => redact(text))).toBeLessThan(1500);
  });
});

describe("visible", () => {
  test.each([
    ["zero-width", "a\u200bb\u200cc\u200dd\ufeffe", "abcde"],
    ["bidirectional", "a\u202eb\u202ac\u2066d\u2069e\u200ef\u200fg", "abcdefg"],
    ["word joiners", "a\u2060b", "ab"],
    ["control", "a\u0000b\u0007c\u001bd\u007fe\u0085f\u009fg\u000bh\u000ci", "abcdefghi"],
  ])("takes out %s characters", (_, text, clean) => {
    expect(visible(text)).toBe(clean);
  });

  test("keeps line ends, tabs and every letter", () => {
    const text = "a\tb\nc\r\nd é 漢字 🙂 ﷺ";
    expect(visible(text)).toBe(text);
  });
});

describe("inline", () => {
  test.each([
    ["a mention", "ask @mona", "ask @\u200bmona"],
    ["a team", "ask @acme/core", "ask @\u200bacme/core"],
    ["a reference", "see #12", "see #\u200b12"],
    ["a reference to another repo", "acme/app#12", "acme/app#\u200b12"],
    ["an HTML comment", "a --> <!-- b", "a --&#62; &#60;&#33;-- b"],
    ["an HTML tag", "<img src=x>", "&#60;img src=x&#62;"],
    ["a link", "[x](https://e)", "&#91;x&#93;(https://\u200be)"],
    ["an image", "![x](y)", "&#33;&#91;x&#93;(y)"],
    ["emphasis", "*a* _b_ ~c~", "&#42;a&#42; &#95;b&#95; &#126;c&#126;"],
    ["code", "`a`", "&#96;a&#96;"],
    ["a table", "a | b", "a &#124; b"],
    ["an escape", "\\*", "&#92;&#42;"],
    ["an entity", "&#64;mona &lt;", "&#38;#\u200b64;mona &#38;lt;"],
    ["lines", "a\r\n\n# b\u2028c", "a # b c"],
    ["blanks around", "  a \t b  ", "a b"],
    ["hidden characters in a mention", "@\u200bmona #\u200b1", "@\u200bmona #\u200b1"],
    ["a mail address", "a@b", "a@\u200bb"],
    ["an at sign alone", "a @ b # c", "a @ b # c"],
  ])("defuses %s", (_, text, expected) => {
    expect(inline(text)).toBe(expected);
  });

  test("cuts what is too long, before escaping", () => {
    expect(inline("a".repeat(200))).toBe("a".repeat(200));
    expect(inline("a".repeat(201))).toBe(`${"a".repeat(199)}…`);
    expect(inline("a".repeat(20), 5)).toBe("aaaa…");
    expect(inline("*".repeat(20), 3)).toBe("&#42;&#42;…");
  });

  test("whatever is written: one line, no mention, no reference, no markup, no end of a comment", () => {
    const word = fc.constantFrom(
      "@mona",
      "#1",
      "a/b#2",
      "<!--",
      "-->",
      "&#64;",
      "&",
      "`",
      "*",
      "_",
      "[",
      "]",
      "\n",
      "\u2028",
      "\u200b",
      "\u202e",
      "x",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(word).map((words) => words.join("")),
    );
    fc.assert(
      fc.property(text, (wild) => {
        const line = inline(wild);
        expect(line).not.toMatch(/[\r\n\u2028\u2029<>`*_[\]|~!\\]/);
        // What a reader's browser shows once entities are decoded mentions nobody either.
        const shown = line.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
        expect(shown).not.toMatch(/@\w/);
        expect(shown).not.toMatch(/#\d/);
        expect(line.replace(/&#\d+;/g, "")).not.toContain("&");
        expect(line).not.toContain("-->");
      }),
      { numRuns: 300 },
    );
  });
});

describe("fenced", () => {
  test("quotes a log as text", () => {
    expect(fenced("a\nb")).toBe("```text\na\nb\n```");
  });

  test.each([
    ["```", "````"],
    ["a `````` b", "```````"],
    ["` `` ```\n````", "`````"],
  ])("%j cannot end its fence", (text, fence) => {
    expect(fenced(text)).toBe(`${fence}text\n${text}\n${fence}`);
  });

  test("no run of backticks inside is as long as the fence", () => {
    const ticks = fc.array(fc.constantFrom("`", "``", "```", "\n", "x", " ")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(ticks, (text) => {
        const lines = fenced(text).split("\n");
        const fence = lines.at(-1) ?? "";
        expect(lines[0]).toBe(`${fence}text`);
        expect(lines.slice(1, -1).join("\n")).toBe(text);
        expect(lines.slice(1, -1).some((line) => line.includes(fence))).toBe(false);
      }),
    );
  });
});

describe("head and tail", () => {
  test("the end of a text begins with a whole line where it can", () => {
    expect(tail("a\nb\nc", 10)).toBe("a\nb\nc");
    expect(tail("aaaa\nbbbb\ncccc", 7)).toBe("cccc");
    expect(tail("aaaaaaaaaa", 4)).toBe("aaaa");
    expect(tail("aaaa\nbbbb", 9)).toBe("aaaa\nbbbb");
  });

  test("the start of a text says how much was cut", () => {
    expect(head("abc", 3)).toBe("abc");
    expect(head("abcdef", 4)).toBe("abcd\n[… 2 characters cut]");
  });

  test("neither is longer than its limit, but for the words that say so", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
        expect(tail(text, limit).length).toBeLessThanOrEqual(limit);
        expect(text.endsWith(tail(text, limit))).toBe(true);
        expect(head(text, limit).split("\n[… ")[0]?.length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe("withoutRoute", () => {
  test.each(["GET /repos/{owner}/{repo}/issues", "GET /repos/acme/one/branches/feat(ui)/x", "POST /graphql"])(
    "takes away what was asked: %s",
    (route) => {
      expect(withoutRoute(withRoute("502 Bad Gateway (nginx)", route))).toBe("502 Bad Gateway (nginx)");
    },
  );

  test("and nothing else", () => {
    expect(withoutRoute("502 Bad Gateway (nginx)")).toBe("502 Bad Gateway (nginx)");
  });
});

test.each<[string[], number, string[]]>([
  [[], 0, []],
  [["a", "bb"], 4, ["a", "bb"]],
  [["a", "bb"], 3, ["bb"]],
  [["a", "bb"], 1, []],
  [["a", "bb"], -5, []],
  // One that does not fit ends it: what is older is not told without what came after.
  [["a", "long", "b"], 4, ["b"]],
])("of %j the newest that fit into %i characters are %j", (texts, characters, fit) => {
  expect(newestThatFit(texts, characters)).toEqual(fit);
});
