/** A forge whose lists of commits are behind its branches: what was pushed just now is not told yet. Nothing else that it says is late. */
interface Clock {
  forgeNow(): number;
}

/** So long a list may be behind. */
const BEHIND_MS = 20_000;

const LIST = /\/compare\/[^/]+$|\/commits$/;

interface Listed {
  commit: { committer: { date: string } };
}

interface Compared {
  status: string;
  total_commits: number;
  ahead_by: number;
  commits: Listed[];
}

export class LateTrunk {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async answer(method: string, path: string, ask: () => Promise<Response>): Promise<Response> {
    const answer = await ask();
    if (method !== "GET" || answer.status !== 200 || !LIST.test(path.split("?")[0] ?? "")) return answer;
    const told = (await answer.clone().json()) as Listed[] | Compared;
    const late = Array.isArray(told) ? this.behind(told) : this.comparedBehind(told);
    if (late === told) return answer;
    const headers = new Headers(answer.headers);
    // It is no state the forge will ever name again.
    for (const name of ["etag", "content-length"]) headers.delete(name);
    return new Response(JSON.stringify(late), { status: 200, headers });
  }

  private comparedBehind(told: Compared): Compared {
    const commits = this.behind(told.commits);
    if (commits === told.commits) return told;
    const total = told.total_commits - (told.commits.length - commits.length);
    return { ...told, commits, total_commits: total, ahead_by: total, status: total === 0 ? "identical" : told.status };
  }

  private behind(commits: Listed[]): Listed[] {
    const old = commits.filter(({ commit }) => Date.parse(commit.committer.date) <= this.clock.forgeNow() - BEHIND_MS);
    return old.length === commits.length ? commits : old;
  }
}
