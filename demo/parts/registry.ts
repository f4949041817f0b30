import { z } from 'zod';
import type { Digests } from '../report/document.ts';

const MANIFESTS = ['application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.oci.image.manifest.v1+json'].join(', ');
const tagList = z.object({ tags: z.array(z.string()) });

/** What the registry holds for a commit: component to the digest under the tag that the build gave it. */
export async function builtDigests(registry: string, repositories: Readonly<Record<string, string>>, commit: string): Promise<Digests> {
  const found = Object.entries(repositories).map(async ([component, repository]) => {
    const base = `http://${registry}/v2/${repository}`;
    const { tags } = tagList.parse(await (await ask(`${base}/tags/list`)).json());
    const tag = tags.find((candidate) => candidate.startsWith(commit));
    if (tag === undefined)
      throw new Error(`Expected ${registry}/${repository} to have a tag of commit ${commit}, and it has ${tags.join(', ')}`);
    const manifest = await ask(`${base}/manifests/${tag}`, { method: 'HEAD', headers: { accept: MANIFESTS } });
    return [component, manifest.headers.get('docker-content-digest') ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`Expected ${url} to be answered, and it was with ${answer.status}`);
  return answer;
}
