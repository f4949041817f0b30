import type { Publication } from './pipeline.ts';

/** The host name that users ask for: `{application}` and `{environment}` of `publish.host` filled in. */
export function publicationHost(
  publish: Pick<Publication, 'host'>,
  at: { readonly application: string; readonly environment: string },
): string {
  return publish.host.replaceAll('{application}', at.application).replaceAll('{environment}', at.environment);
}
