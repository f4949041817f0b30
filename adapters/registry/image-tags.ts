import { ManifestMissing } from '../../activities/registry/copy-errors.ts';
import type { ImageTags, ListedTag } from '../../activities/registry/ports.ts';
import { printImage } from '../../domain/image.ts';
import type { Bounded, OpenRepository, RepositoryClient } from './contents.ts';
import { parseRepository } from './reference.ts';

/** How many tags are looked up at a time. */
const AT_ONCE = 12;

/** The tags of repositories behind the port ImageTags. */
export function createImageTags(open: OpenRepository): ImageTags {
  return {
    async set(image, tags, options) {
      const repository = open(parseRepository(image.repository));
      const manifest = await repository.getManifest(image.digest, options);
      if (manifest === undefined) throw new ManifestMissing(printImage(image));
      for (const tag of new Set(tags)) {
        const now = await repository.headManifest(tag, options);
        if (now?.digest !== image.digest) await repository.putManifest(manifest, { ...options, tag });
      }
    },

    async list(name, { limit, signal }) {
      const repository = open(parseRepository(name));
      const listed: ListedTag[] = [];
      for await (const page of pagesOf(repository.tags({ signal }), limit)) listed.push(...(await resolved(repository, page, { signal })));
      return listed;
    },
  };
}

/** The first `limit` of them, as many at a time as are looked up at once. */
async function* pagesOf(tags: AsyncIterable<string>, limit: number): AsyncGenerator<readonly string[]> {
  let page: string[] = [];
  let left = limit;
  for await (const tag of tags) {
    page.push(tag);
    left -= 1;
    if (page.length < AT_ONCE && left > 0) continue;
    yield page;
    if (left <= 0) return;
    page = [];
  }
  yield page;
}

/** What each tag names. One that was deleted meanwhile is none any more. */
async function resolved(repository: RepositoryClient, tags: readonly string[], options: Bounded): Promise<readonly ListedTag[]> {
  const found = await Promise.all(tags.map(async (tag) => ({ tag, named: await repository.headManifest(tag, options) })));
  return found.flatMap(({ tag, named }) => (named === undefined ? [] : [{ tag, digest: named.digest }]));
}
