/** Whether two names mean one environment of GitHub, where case makes no difference. */
export function isSameOnGitHub(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
