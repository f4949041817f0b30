import { z } from 'zod';
import { isHost } from './addresses.ts';
import { requestPath, urlPath } from './paths.ts';
import { customIssue, name, port, text } from './scalars.ts';

const publishedHost = text({
  expected: 'a host name',
  examples: ['shop.{environment}.localhost'],
  refuse: (value) => {
    if (isHost(value.replace(/\{(application|environment)\}/g, 'x'))) return undefined;
    return {
      message: 'is no host name',
      hint: 'lower case, as in shop.{environment}.example.com; {application} and {environment} are filled in',
    };
  },
});

/** How a component is reached from outside. */
export const publish = z
  .strictObject({
    port: port().describe('The port that the container listens on'),
    host: z.exactOptional(publishedHost.describe('The host name that users ask for, over HTTP')),
    path: z.exactOptional(urlPath().describe('Requests below this path go to the component; by default all')),
    identity: z.exactOptional(
      requestPath().describe('Where it answers its TIDEGATE_DEPLOYMENT, in a header or the body; by default the health path'),
    ),
    tcp: z.exactOptional(
      z
        .union([port(), z.record(name(), port())], { error: 'expected a port, or environments with a port each' })
        .describe('The port of its hosts, instead of a host name: one for all environments, or one for each. router.tcp must list it'),
    ),
  })
  .check((context) => {
    const { host, tcp, path, identity } = context.value;
    if ((host === undefined) === (tcp === undefined))
      context.issues.push(customIssue(context.value, { message: 'expected either host, for HTTP, or tcp' }));
    const strange =
      tcp === undefined ? [] : Object.entries({ path, identity }).flatMap(([key, value]) => (value === undefined ? [] : [key]));
    for (const key of strange)
      context.issues.push(customIssue(context.value, { message: 'is for HTTP, and this is published over TCP' }, [key]));
  });
