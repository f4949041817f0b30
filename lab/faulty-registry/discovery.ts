import type { Abilities } from './abilities.ts';
import { type Answer, json, text } from './answers.ts';
import { parseManifest } from './manifests.ts';
import { isDigest, noRepository, notADigest } from './names.ts';
import type { Repositories } from './repositories.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** The tags of a repository, `n` of them after `last`, with a link to the next ("Listing Tags"). */
export function listTags(repositories: Repositories, { tagsPage }: Abilities, url: URL, name: string): Answer {
  if (!repositories.knows(name)) return noRepository(name);
  const asked = url.searchParams.get('n');
  const page = Math.min(asked === null ? tagsPage : Number(asked), tagsPage);
  const last = url.searchParams.get('last') ?? '';
  const rest = repositories.tags(name).filter((tag) => tag > last);
  const tags = rest.slice(0, page);
  const query = new URLSearchParams({ n: String(page), last: tags.at(-1) ?? '' });
  return json(200, { name, tags }, page > 0 && rest.length > page ? next(`/v2/${name}/tags/list?${query}`) : {});
}

/** An index of what names the digest as its subject ("Listing Referrers"). */
export function listReferrers(repositories: Repositories, abilities: Abilities, url: URL, name: string, subject: string): Answer {
  if (!abilities.referrersApi) return text(404, 'text/plain; charset=utf-8', '404 page not found\n');
  if (!isDigest(subject)) return notADigest(subject);
  const type = abilities.filtersReferrers ? url.searchParams.get('artifactType') : null;
  const start = Number(url.searchParams.get('from') ?? 0);
  const all = referrersOf(repositories, name, subject).filter(({ artifactType }) => type === null || artifactType === type);
  const manifests = all.slice(start, start + abilities.referrersPage);
  const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
  const query = new URLSearchParams({ ...(type !== null && { artifactType: type }), from: String(start + manifests.length) });
  return text(200, INDEX, index, {
    ...(type !== null && { 'oci-filters-applied': 'artifactType' }),
    ...(all.length > start + manifests.length && next(`/v2/${name}/referrers/${subject}?${query}`)),
  });
}

function referrersOf(repositories: Repositories, name: string, subject: string) {
  return [...repositories.manifests(name)].flatMap(([digest, { mediaType, bytes }]) => {
    const parsed = parseManifest(bytes);
    if (parsed?.subject !== subject) return [];
    const artifactType = parsed.artifactType ?? parsed.configType;
    const { annotations } = parsed;
    return [{ mediaType, digest, size: bytes.length, ...(artifactType && { artifactType }), ...(annotations && { annotations }) }];
  });
}

function next(target: string): Record<string, string> {
  return { link: `<${target}>; rel="next"` };
}
