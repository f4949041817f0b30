import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { missingOf, PERMISSIONS } from '../../domain/github-permissions.ts';
import { fitsGlobs } from '../../domain/glob.ts';
import { imagesFor, isFor, refObjection } from '../../domain/triggers.ts';

describe('a path', () => {
  it.each<[string, string, boolean]>([
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/deep/a.ts', false],
    ['src/**', 'src/deep/a.ts', true],
    ['src/**', 'src', true],
    ['**/a.ts', 'a.ts', true],
    ['**/a.ts', 'src/deep/a.ts', true],
    ['**/a.ts', 'src/b.ts', false],
    ['src/**/a.ts', 'src/a.ts', true],
    ['src/**/a.ts', 'lib/a.ts', false],
    ['a/**/a', 'a', false],
    ['a/**/a', 'a/a', true],
    ['**', '', true],
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['a', 'a/b', false],
    ['a/b', 'a', false],
    ['x/**', 'a/b', false],
  ])('%s and %s: %s', (pattern, path, fits) => {
    expect(fitsGlobs([pattern], path)).toBe(fits);
  });

  it('fits as the regular expression says that a pattern stands for', () => {
    const part = fc.constantFrom('a', 'b', '*', '**', 'a*');
    const parts = fc.array(part, { minLength: 1, maxLength: 4 });
    const path = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, path, (wanted, text) => {
        const expression = wanted.map((one) => (one === '**' ? '(?:[^/]+/)*' : `${one.replaceAll('*', '[^/]*')}/`)).join('');
        expect(fitsGlobs([wanted.join('/')], text.join('/'))).toBe(new RegExp(`^${expression}$`).test(`${text.join('/')}/`));
      }),
    );
  });

  it('is judged by the last pattern that fits, of which one takes out', () => {
    expect(fitsGlobs(['src/**', '!src/docs/**'], 'src/docs/a')).toBe(false);
    expect(fitsGlobs(['!src/docs/**', 'src/**'], 'src/docs/a')).toBe(true);
    expect(fitsGlobs(['src/**', '!src/docs/**'], 'src/a')).toBe(true);
    expect(fitsGlobs(['!src/**'], 'lib/a')).toBe(false);
    expect(fitsGlobs(['a!'], 'a!')).toBe(true);
    expect(fitsGlobs([], 'a')).toBe(false);
  });
});

describe('a trigger', () => {
  const branch = { kind: 'branch', name: 'main' } as const;
  const tag = { kind: 'tag', name: 'v1' } as const;
  const noBranch = 'no trigger is for the branch main';
  const noTag = 'no trigger is for the tag v1';

  it('is for branches where it names neither branches nor tags', () => {
    expect([refObjection({}, branch), refObjection({}, tag)]).toEqual([undefined, noTag]);
  });

  it('is for what it names, and not for branches where it names tags alone', () => {
    expect([refObjection({ branches: ['ma*'] }, branch), refObjection({ branches: ['ma*'] }, tag)]).toEqual([undefined, noTag]);
    expect([refObjection({ tags: ['v*'] }, branch), refObjection({ tags: ['v*'] }, tag)]).toEqual([noBranch, undefined]);
    expect([refObjection({ branches: ['x'], tags: ['x'] }, branch), refObjection({ branches: ['x'], tags: ['x'] }, tag)]).toEqual([
      noBranch,
      noTag,
    ]);
    expect([isFor(undefined, 'x'), isFor(['y'], 'x'), isFor(['x'], 'x')]).toEqual([true, false, true]);
  });

  it('has images of the commit, and of the tag where there is one', () => {
    const templates = { web: 'r/web:{commit}-{commit}', api: 'r/api:{tag}' };
    expect(imagesFor(templates, 'c0ffee', 'v1')).toEqual({ web: 'r/web:c0ffee-c0ffee', api: 'r/api:v1' });
    expect(imagesFor(templates, 'c0ffee', undefined)).toEqual({ web: 'r/web:c0ffee-c0ffee', api: 'r/api:{tag}' });
  });
});

describe('the rights that GitHub has given', () => {
  const app = (permissions: Record<string, string>) => missingOf({ kind: 'app', permissions }).map(({ key }) => key);
  const classic = (isPrivate: boolean, ...scopes: string[]) => missingOf({ kind: 'classic', scopes, isPrivate }).map(({ key }) => key);
  const all = Object.fromEntries(PERMISSIONS.map(({ key, access }) => [key, access]));

  it('to an app lack what it was not given, or may only read', () => {
    expect(app(all)).toEqual([]);
    expect(app({})).toEqual(PERMISSIONS.map(({ key }) => key));
    expect(app({ ...all, statuses: 'read', contents: 'write', metadata: 'admin', checks: 'admin' })).toEqual(['statuses']);
    expect(app({ ...all, issues: 'none' })).toEqual(['issues']);
  });

  it('to a classic token lack what its scopes do not hold, and no check runs, which it cannot make', () => {
    expect(classic(true, 'repo')).toEqual([]);
    expect(classic(true)).toEqual(['contents', 'statuses', 'deployments', 'actions', 'repository_hooks', 'issues', 'pull_requests']);
    expect(classic(true, 'repo:status', 'repo_deployment')).toEqual(['contents', 'actions', 'repository_hooks', 'issues', 'pull_requests']);
    expect(classic(true, 'public_repo')).toEqual([
      'contents',
      'statuses',
      'deployments',
      'actions',
      'repository_hooks',
      'issues',
      'pull_requests',
    ]);
  });

  it('in a public repository are read by everybody, but for its webhooks', () => {
    expect(classic(false)).toEqual(['statuses', 'deployments', 'repository_hooks', 'issues', 'pull_requests']);
    expect(classic(false, 'public_repo')).toEqual(['repository_hooks']);
    expect(classic(false, 'public_repo', 'read:repo_hook')).toEqual([]);
  });

  it('are asked for by GitHub’s names, each for a purpose', () => {
    expect(PERMISSIONS.map(({ key, name, access }) => `${key}: ${name} (${access})`)).toEqual([
      'metadata: Metadata (read)',
      'contents: Contents (read)',
      'statuses: Commit statuses (write)',
      'deployments: Deployments (write)',
      'checks: Checks (write)',
      'actions: Actions (read)',
      'repository_hooks: Webhooks (read)',
      'issues: Issues (write)',
      'pull_requests: Pull requests (write)',
    ]);
    for (const { purpose } of PERMISSIONS) expect(purpose).toMatch(/^to \w{2,}/);
  });
});
