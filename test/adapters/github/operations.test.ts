import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { officialContract } from '../../../lab/github/contract.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { APP, startGitHub } from './connected.ts';
import { askEverything } from './everything.ts';
import { operationOfRequest, usedOperations } from './used-operations.ts';

/** What `check` tries with a token that tells nobody what it may do, and what the local GitHub has none of. */
const REFUSED_ON_PURPOSE = [404, 422];

let github: LocalGitHub;
beforeAll(async () => {
  github = await startGitHub({ app: APP });
});
afterAll(() => github.stop());

describe('the operations that our client uses', () => {
  it("are in GitHub's official description, all of them", () => {
    const described = officialContract()
      .operations()
      .map(({ method, path }) => `${method} ${path}`);
    expect(usedOperations().length).toBeGreaterThan(25);
    expect(usedOperations().filter((operation) => !described.includes(operation))).toEqual([]);
  });

  it('are asked of the local GitHub, all of them, and in words that the description knows', async () => {
    await askEverything(github, github.url);
    const asked = github.requests().map((request) => ({ ...request, operation: operationOfRequest(request) }));

    expect([...new Set(asked.map(({ operation }) => operation))].sort()).toEqual(usedOperations());
    const refused = asked.filter(({ status }) => typeof status !== 'number' || (status >= 400 && !REFUSED_ON_PURPOSE.includes(status)));
    expect(refused).toEqual([]);
  });
});
