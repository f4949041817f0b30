import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type Handler, HttpServers } from '../../support/http-servers.ts';
import { collect } from './content.ts';
import { closeClients, repositoryAt, signal } from './one-registry.ts';

const servers = new HttpServers();

afterEach(() => servers.end());
afterAll(closeClients);

/** Answers pages by what they are asked to begin after; each but the last says where the next is. */
function paged(pages: Readonly<Record<string, readonly [readonly string[], string?]>>): Handler {
  return ({ url }, response) => {
    const [tags, next] = pages[new URL(url ?? '', 'http://x').searchParams.get('last') ?? ''] ?? [[]];
    response.writeHead(200, next === undefined ? {} : { link: `<${next}>; rel="next"` }).end(JSON.stringify({ name: 'a', tags }));
  };
}

const tagsOf = async (address: string) => collect(repositoryAt(address).tags({ signal }));

describe('the tags of a repository', () => {
  it('come page by page, however a page names the next', async () => {
    const { address, seen } = await servers.serve((request, response) =>
      paged({
        '': [['c', 'b'], '/v2/a/tags/list?n=1000&last=b'],
        b: [['d'], `http://${address}/v2/a/tags/list?last=d`],
        d: [[], '?last=e'],
        e: [['a']],
      })(request, response),
    );
    expect(await tagsOf(address)).toEqual(['c', 'b', 'd', 'a']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/v2/a/tags/list?n=1000',
      '/v2/a/tags/list?n=1000&last=b',
      '/v2/a/tags/list?last=d',
      '/v2/a/tags/list?last=e',
    ]);
  });

  it('are asked for no further than they are wanted', async () => {
    const { address, seen } = await servers.serve(paged({ '': [['a', 'b'], '?last=b'], b: [['c']] }));
    for await (const tag of repositoryAt(address).tags({ signal })) if (tag === 'b') break;
    expect(seen).toHaveLength(1);
  });

  it('are none where the registry says null', async () => {
    const { address } = await servers.serve((_, response) => response.end('{"name":"a","tags":null}'));
    expect(await tagsOf(address)).toEqual([]);
  });

  it('come without a page size where the registry takes none', async () => {
    const { address } = await servers.serve(({ url }, response) =>
      url?.includes('n=') ? response.writeHead(400).end() : response.end('{"tags":["a"]}'),
    );
    expect(await tagsOf(address)).toEqual(['a']);
  });

  it.each([
    ['pages that lead back to the first', paged({ '': [['a'], '/v2/a/tags/list?n=1000'] })],
    [
      'a `last` that is taken no notice of',
      (_, response) => response.writeHead(200, { link: `<?last=${Math.random()}>; rel=next` }).end('{"tags":["a"]}'),
    ],
    ['a page on another host', paged({ '': [['a'], 'http://localhost:1/v2/a/tags/list?last=a'] })],
    ['a page that has no address', paged({ '': [['a'], 'http://[x'] })],
    ['no JSON', (_, response) => response.end('<html>')],
    ['no list', (_, response) => response.end('{"tags":{"a":1}}')],
    ['tags that can be none', (_, response) => response.end('{"tags":["../../etc"]}')],
  ] satisfies [string, Handler][])('with %s are AnswerMalformed', async (_, handler) => {
    const { address, seen } = await servers.serve(handler);
    await expect(tagsOf(address)).rejects.toMatchObject({
      name: 'AnswerMalformed',
      message: expect.stringContaining(`for ${address}/a as the OCI`),
    });
    expect(seen.length).toBeLessThan(4);
  });

  it('that would fill the memory are AnswerTooLarge', async () => {
    const { address } = await servers.serve((_, response) => response.end(`{"tags":["${'a'.repeat(5 * 2 ** 20)}"]}`));
    await expect(tagsOf(address)).rejects.toMatchObject({ name: 'AnswerTooLarge' });
  });
});
