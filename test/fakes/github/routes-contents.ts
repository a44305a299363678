/** A file of a repository, in base64 with a line end each 60 letters, as GitHub sends it. */
import { resolveRef } from "../git/git-host.ts";
import { digest } from "../git/git-memory.ts";
import { notFound, ok, refused } from "./answer.ts";
import type { Routes } from "./call.ts";
import { withRepo } from "./routes-repo.ts";
import { repoHtml, repoUrl } from "./views-repo.ts";

const SHA_DIGITS = 40;

export const contentsRoutes: Routes = {
  "GET /repos/{owner}/{repo}/contents/{path*}": withRepo(async ({ world, params, query }, repo) => {
    const ref = query.get("ref") || repo.defaultBranch;
    const path = params.path ?? "";
    const commit = await resolveRef(world.git, repo.git, ref);
    if (commit === undefined) return refused(404, `No commit found for the ref ${ref}`);
    const text = await world.git.file(repo.git, commit.sha, path);
    if (text === undefined) return notFound;
    const bytes = new TextEncoder().encode(text);
    const base64 = btoa(String.fromCharCode(...bytes));
    const url = `${repoUrl(world, repo)}/contents/${path}?ref=${ref}`;
    const html = `${repoHtml(world, repo)}/blob/${ref}/${path}`;
    const sha = digest(text, SHA_DIGITS);
    const git = `${repoUrl(world, repo)}/git/blobs/${sha}`;
    return ok({
      ...{ type: "file", encoding: "base64", size: bytes.length, name: path.split("/").at(-1), path, sha },
      content: base64.replace(/.{1,60}/g, "$&\n"),
      ...{ url, git_url: git, html_url: html, download_url: `${repoHtml(world, repo)}/raw/${ref}/${path}` },
      _links: { self: url, git, html },
    });
  }),
};
