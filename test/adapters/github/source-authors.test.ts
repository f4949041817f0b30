import { describe, expect, it } from '@jest/globals';
import { readAuthors } from '../../../adapters/github/source/authors.ts';
import type { Looker, Seen } from '../../../adapters/github/source/look.ts';

const SHOP = { application: 'shop', owner: 'acme', repo: 'shop', place: 'acme/shop at github.test' };
const [BASE, HEAD] = ['b'.repeat(40), 'a'.repeat(40)];
const signal = new AbortController().signal;

interface Written {
  readonly by?: string | null;
  readonly message?: string;
}

function commit(sha: string, { by = 'Ana', message = 'change' }: Written = {}) {
  const person = by === null ? null : { name: by, email: `${by.toLowerCase()}@shop.example`, date: '2026-01-01T00:00:00Z' };
  return { sha, commit: { author: person, committer: person, message } };
}

function sha(n: number): string {
  return n.toString(16).padStart(40, '0');
}

interface Repository {
  /** By `base...head`: what is in it, and what GitHub says how many there are. */
  readonly compared?: Readonly<Record<string, { readonly commits: readonly ReturnType<typeof commit>[]; readonly total?: number } | 404>>;
  readonly listed?: readonly ReturnType<typeof commit>[];
  readonly own?: ReturnType<typeof commit>;
}

/** Pages as GitHub does, and keeps what it was asked. */
function gitHub({ compared = {}, listed = [], own = commit(HEAD) }: Repository, asked: string[] = []): Looker {
  return async (_, { route, parameters = {} }): Promise<Seen> => {
    const { page = 1, per_page: size = 30, basehead } = parameters as { page?: number; per_page?: number; basehead?: string };
    asked.push(`${route.split('/').at(-1)} ${basehead ?? ''} ${page}`);
    const of = <Item>(all: readonly Item[]) => all.slice((page - 1) * size, page * size);
    if (route.endsWith('/commits/{ref}')) return { status: 200, data: { ...own, sha: parameters.ref }, headers: {} };
    if (route.endsWith('/commits'))
      return { status: 200, data: of(listed), headers: listed.length > page * size ? { link: '<https://x>; rel="next"' } : {} };
    const found = compared[basehead ?? ''] ?? { commits: [] };
    if (found === 404) return { status: 404, data: undefined, headers: {} };
    return { status: 200, data: { total_commits: found.total ?? found.commits.length, commits: of(found.commits) }, headers: {} };
  };
}

const FORWARD = `${BASE}...${HEAD}`;
const BACK = `${HEAD}...${BASE}`;

function authors(repository: Repository, since: string | undefined = BASE, asked: string[] = []): Promise<string[]> {
  return readAuthors(gitHub(repository, asked), SHOP, { commit: HEAD, since, signal });
}

describe('the authors of a range that GitHub tells of', () => {
  it('are all, beyond the 250 commits that a comparison lists, of both sides', async () => {
    const many = Array.from({ length: 333 }, (_, n) => commit(sha(n), { by: `P${n}` }));
    const asked: string[] = [];
    const all = await authors(
      { compared: { [FORWARD]: { commits: many }, [BACK]: { commits: [commit(sha(999), { by: 'Bo' })] } } },
      BASE,
      asked,
    );
    expect(all).toHaveLength(1 + 333 + 1);
    expect(all).toEqual(expect.arrayContaining(['P0 <p0@shop.example>', 'P332 <p332@shop.example>', 'Bo <bo@shop.example>']));
    expect(asked.filter((one) => one.includes(FORWARD))).toHaveLength(4);
  });

  it.each<[string, Repository['compared'], RegExp]>([
    ['lists fewer than there are', { [FORWARD]: { commits: [commit(sha(1))], total: 300 } }, /lists 1 of the 300 commits/],
    ['lists the same one twice', { [FORWARD]: { commits: [commit(sha(1)), commit(sha(1))] } }, /lists 1 of the 2 commits/],
    ['lists fewer of what is taken away', { [BACK]: { commits: [], total: 1 } }, /lists 0 of the 1 commits/],
    ['does not compare what has no common commit', { [FORWARD]: 404 }, /does not compare/],
    ['names no author', { [FORWARD]: { commits: [commit(sha(1), { by: null })] } }, /without its author or committer/],
    [
      'has more than ten thousand',
      { [FORWARD]: { commits: Array.from({ length: 10_001 }, (_, n) => commit(sha(n))) } },
      /lists 10000 of the 10001/,
    ],
  ])('are not told where GitHub %s, rather than a part of them', async (_, compared, words) => {
    await expect(authors({ ...(compared && { compared }) })).rejects.toMatchObject({
      name: 'SourceUnavailable',
      message: expect.stringMatching(words),
    });
  });

  it('are all who ever wrote on it where nothing runs yet, up to ten thousand commits', async () => {
    const listed = Array.from({ length: 250 }, (_, n) => commit(sha(n), { by: `P${n}` }));
    expect(await readAuthors(gitHub({ listed }), SHOP, { commit: HEAD, since: undefined, signal })).toHaveLength(251);
    const many = { listed: Array.from({ length: 10_001 }, (_, n) => commit(sha(n))) };
    await expect(readAuthors(gitHub(many), SHOP, { commit: HEAD, since: undefined, signal })).rejects.toThrow(/more than 10000 commits/);
  });

  it('are those whom a message names too, wherever in it and however it is broken', async () => {
    const message = [
      'Squashed (#12)',
      '',
      '* one',
      '',
      'Co-authored-by: Di <di@shop.example>',
      '',
      '* two\r',
      'CO-AUTHORED-BY : Ed',
      '  <ed@shop.example>',
      'Co-authored-by:',
      'not-co-authored-by: Fay <fay@shop.example>',
    ].join('\n');
    expect(await authors({ own: commit(HEAD, { message }) })).toEqual([
      'Ana <ana@shop.example>',
      'Di <di@shop.example>',
      'Ed <ed@shop.example>',
    ]);
  });
});
