/**
 * Where a GitHub has its images, by the address of its API: GHCR, `containers.HOST` of a GitHub Enterprise Server, and `containers.SUBDOMAIN.ghe.com`.
 * https://docs.github.com/enterprise-server/packages/working-with-a-github-packages-registry/working-with-the-container-registry
 */
export function containerRegistryOf(api: string): string {
  const host = new URL(api).host.replace(/^api\./, '');
  return host === 'github.com' ? 'ghcr.io' : `containers.${host}`;
}
