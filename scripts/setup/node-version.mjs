/** Says what is wrong with this version of Node, or nothing. `least` is `MAJOR.MINOR`. */
export function nodeVersionProblem(version, least = '20.19') {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  const [leastMajor, leastMinor] = least.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `Tidegate needs Node ${least} or later, and this is ${version}. Install a newer one, for example with 'npx n lts' or from your system's packages`;
}
