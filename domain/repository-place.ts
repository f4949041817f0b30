/** Host and path of a repository, however it is written: `https://HOST/path.git`, `ssh://git@HOST/path`, `git@HOST:path`. What has no host is what it says. */
export function placeOf(address: string): string {
  const [whole, host, path] = /^(?:[a-z+]+:\/\/)?(?:[^/@]*@)?([^/:]+(?::\d+(?=\/))?)[/:](.*)$/i.exec(address.trim()) ?? [];
  return (whole === undefined ? address.trim() : `${host}/${path}`)
    .toLowerCase()
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}

/** Whether an address is one of these repositories. */
export function isPlaceOf(address: string, repositories: readonly string[]): boolean {
  return address !== '' && repositories.some((repository) => placeOf(repository) === placeOf(address));
}
