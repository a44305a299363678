/**
 * What stands at a path. A file comes in base64 in lines of sixty characters; a link to a file of the same repository is
 * followed, and answered as that file; of what is bigger than a megabyte only the size is told.
 */
import { resolveRef } from "../git/git-host.ts";
import { digest } from "../git/git-memory.ts";
import { type Answer, notFound, ok, refused } from "./answer.ts";
import type { Call, Routes } from "./call.ts";
import { withRepo } from "./routes-repo.ts";
import type { Repo } from "./state.ts";
import { repoHtml, repoUrl, type View } from "./views-repo.ts";
import type { World } from "./world.ts";

const LINE_CHARACTERS = 60;
const SHOWN_BYTES_MAX = 1024 * 1024;

export const contentsRoutes: Routes = { "GET /repos/{owner}/{repo}/contents/{path*}": withRepo(getContents) };

type Place = { world: World; repo: Repo; path: string; ref: string };

async function getContents({ world, params, query }: Call, repo: Repo): Promise<Answer> {
  const ref = query.get("ref") || repo.defaultBranch;
  const path = params.path ?? "";
  const commit = await resolveRef(world.git, repo.git, ref);
  if (commit === undefined) return refused(404, `No commit found for the ref ${ref}`);
  const place = { world, repo, path, ref };
  const entry = await world.git.entry(repo.git, commit.sha, path);
  switch (entry?.type) {
    case undefined:
      return notFound;
    case "file":
      return ok(fileView(place, entry.text));
    case "directory":
      return ok(
        entry.names.map((name) => ({ type: "file", ...common({ ...place, path: `${path}/${name}` }, name), size: 0 })),
      );
    case "symlink": {
      const target = new URL(entry.target, `http://repo/${path}`).pathname.slice(1);
      const text = await world.git.file(repo.git, commit.sha, target);
      return ok(
        text !== undefined
          ? fileView(place, text)
          : { type: "symlink", target: entry.target, ...common(place, entry.target), size: entry.target.length },
      );
    }
    case "submodule":
      return ok({ type: "submodule", submodule_git_url: "git://example.com/x.git", ...common(place, ""), size: 0 });
    default:
      return entry satisfies never;
  }
}

function fileView(place: Place, text: string): View {
  const bytes = new TextEncoder().encode(text);
  const isShown = bytes.length <= SHOWN_BYTES_MAX;
  const base64 = isShown ? btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) : "";
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g")) ?? [];
  return {
    type: "file",
    encoding: isShown ? "base64" : "none",
    ...common(place, text),
    size: bytes.length,
    content: lines.map((line) => `${line}\n`).join(""),
  };
}

function common({ world, repo, path, ref }: Place, content: string): View {
  const sha = digest(`blob ${content}`);
  const url = `${repoUrl(world, repo)}/contents/${encodeURI(path)}?ref=${ref}`;
  const git = `${repoUrl(world, repo)}/git/blobs/${sha}`;
  const html = `${repoHtml(world, repo)}/blob/${ref}/${encodeURI(path)}`;
  const download = `https://raw.githubusercontent.com/${repo.owner}/${repo.name}/${ref}/${encodeURI(path)}`;
  return {
    ...{ name: path.split("/").at(-1) ?? path, path, sha, url, git_url: git, html_url: html, download_url: download },
    _links: { self: url, git, html },
  };
}
