/** The release's own scripts: each command of ours in one plain JavaScript file, with all it needs. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BuildOptions, BuildResult } from "esbuild";

const root = join(import.meta.dirname, "../..");

/** Those there are of: scripts/<name>.ts. */
export const COMMANDS = ["start", "backup", "restore", "health", "doctor", "setup"] as const;

/** Wrangler brings the bundler along. */
const esbuild: { build(options: BuildOptions): Promise<BuildResult> } = createRequire(
  createRequire(import.meta.url).resolve("wrangler"),
)("esbuild");

export async function bundleCommands(): Promise<{ path: string; content: Uint8Array }[]> {
  const present = COMMANDS.filter((name) => existsSync(join(root, "scripts", `${name}.ts`)));
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: present.map((name) => `scripts/${name}.ts`),
    outdir: "lib",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    legalComments: "inline",
    // Dependencies that are CommonJS ask for Node's own modules by require.
    banner: {
      js: 'import { createRequire as afkCreateRequire } from "node:module"; const require = afkCreateRequire(import.meta.url);',
    },
    plugins: [
      {
        name: "packed-parts",
        setup(build) {
          build.onResolve({ filter: /\/parts\.ts$/ }, () => ({ path: join(root, "scripts/start/packed-parts.ts") }));
        },
      },
    ],
  });
  return (outputFiles ?? []).map(({ path, contents }) => ({
    path: `lib/${path.split("/").at(-1)}`,
    content: contents,
  }));
}
