import type { HttpPublication, Publication, TcpPublication } from './pipeline.ts';

/** The host name that users ask for: `{application}` and `{environment}` of `publish.host` filled in. */
export function publicationHost(
  publish: Pick<HttpPublication, 'host'>,
  at: { readonly application: string; readonly environment: string },
): string {
  return publish.host.replaceAll('{application}', at.application).replaceAll('{environment}', at.environment);
}

export function isTcp(publish: Publication): publish is TcpPublication {
  return 'tcp' in publish;
}

/** The host's port that a component has in an environment; undefined where it names none. */
export function tcpPortIn({ tcp }: Pick<TcpPublication, 'tcp'>, environment: string): number | undefined {
  return typeof tcp === 'number' ? tcp : tcp[environment];
}
