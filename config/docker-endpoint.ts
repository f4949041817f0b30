import { z } from 'zod';
import { splitAddress } from './addresses.ts';
import { customIssue, type Refusal, text } from './scalars.ts';
import type { DockerEndpoint } from './settings/host.ts';

type UrlEndpoint = Exclude<DockerEndpoint, { kind: 'context' }>;

const HINT = 'write unix:///var/run/docker.sock, ssh://user@host, tcp://host:2376, or { context: name }';

/** An engine's endpoint, as DOCKER_HOST or as the name of a context. */
export const dockerEndpoint = () =>
  z.union(
    [
      text({
        expected: 'an engine as a URL or { context: name }',
        examples: ['unix:///var/run/docker.sock', 'ssh://deploy@10.0.0.11', 'tcp://10.0.0.11:2376'],
        refuse: (value) => {
          const endpoint = parseDockerUrl(value);
          return 'kind' in endpoint ? undefined : endpoint;
        },
      }).transform((value, context): DockerEndpoint => {
        const endpoint = parseDockerUrl(value);
        if ('kind' in endpoint) return endpoint;
        context.issues.push(customIssue(value, endpoint));
        return z.NEVER;
      }),
      z.strictObject({ context: contextName() }).transform((value): DockerEndpoint => ({ kind: 'context', name: value.context })),
    ],
    { error: 'expected an engine as a URL or { context: name }' },
  );

function contextName() {
  return text({
    expected: 'the name of a docker context',
    refuse: (value) =>
      /^[A-Za-z0-9][\w.+-]*$/.test(value) ? undefined : { message: 'is no name of a docker context', hint: "see 'docker context ls'" },
  });
}

/** Reads the forms of DOCKER_HOST that reach an engine: unix, tcp and ssh. */
export function parseDockerUrl(value: string): UrlEndpoint | Refusal {
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.*)$/s.exec(value) ?? [];
  if (scheme === 'unix')
    return rest.startsWith('/') ? { kind: 'unix', path: rest } : { message: 'needs an absolute path', hint: 'unix:///path: three slashes' };
  if (scheme === 'tcp') return parseTcp(rest.replace(/\/$/, ''));
  if (scheme === 'ssh') return parseSsh(rest.replace(/\/$/, ''));
  return { message: 'is no engine that Tidegate can reach', hint: HINT };
}

function parseTcp(address: string): UrlEndpoint | Refusal {
  const at = splitAddress(address);
  return at?.port === undefined ? { message: 'is no tcp://host:port', hint: HINT } : { kind: 'tcp', host: at.host, port: at.port };
}

function parseSsh(address: string): UrlEndpoint | Refusal {
  const [, user = '', place = ''] = /^([a-z_][\w.-]*)@([^@]+)$/i.exec(address) ?? [];
  const at = splitAddress(place);
  if (at === undefined) return { message: 'is no ssh://user@host', hint: 'without a password: keys are used' };
  return { kind: 'ssh', user, host: at.host, port: at.port ?? 22 };
}
