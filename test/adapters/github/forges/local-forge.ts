import { randomBytes } from 'node:crypto';
import { Secret } from '../../../../domain/secret.ts';
import { clientOf, SHOP, startGitHub } from '../connected.ts';
import type { Forge, Place } from './forge.ts';

const RITA = { id: 7, login: 'rita' };

/** The local GitHub, which has all of it. */
export const LOCAL_FORGE: Forge = {
  name: 'the local GitHub',
  has: new Set(['statuses', 'repository', 'comments', 'hooks', 'pushes', 'commits', 'deployments', 'deliveries']),
  open: openLocal,
};

async function openLocal(): Promise<Place> {
  const github = await startGitHub();
  return {
    client: await clientOf(github),
    stranger: await clientOf(github, { credentials: { kind: 'token', token: new Secret('ghp_of-nobody') } }),
    repository: SHOP,
    push: async () => {
      const sha = randomBytes(20).toString('hex');
      await github.push(SHOP, { ref: 'heads/main', sha, by: RITA });
      return sha;
    },
    addHook: async (url, secret) => github.addHook(SHOP, { url, secret, events: ['push'] }),
    comment: async (body) => ({ issue: 5, comment: await github.comment(SHOP, 5, body, RITA) }),
    requests: () => github.requests(),
    close: () => github.stop(),
  };
}
