/** What a forge finds by a name, in whatever case it is written. */
type Named = { owner: string; name: string };

export function fullName(repo: Named): string {
  return `${repo.owner}/${repo.name}`;
}

/** A repository by its present name; an old name of a renamed one finds nothing. */
export function findRepo<Repo extends Named>(world: { state: { repos: Repo[] } }, name: string): Repo | undefined {
  const wanted = name.toLowerCase();
  return world.state.repos.find((repo) => fullName(repo).toLowerCase() === wanted);
}

export function findAccount<Account extends { login: string }>(
  world: { state: { accounts: Account[] } },
  login: string,
): Account | undefined {
  const wanted = login.toLowerCase();
  return world.state.accounts.find((account) => account.login.toLowerCase() === wanted);
}
