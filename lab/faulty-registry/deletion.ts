import type { Abilities } from './abilities.ts';
import { type Answer, empty } from './answers.ts';
import { noBlob, noManifest, noRepository, notDone } from './names.ts';
import type { Repositories } from './repositories.ts';

/** A tag, or a manifest with all its tags ("Content Management"). */
export function deleteManifest(repositories: Repositories, abilities: Abilities, name: string, reference: string): Answer {
  const isTag = !reference.includes(':');
  if (!abilities.deletes || (isTag && !abilities.deletesTags)) return notDone();
  if (!repositories.knows(name)) return noRepository(name);
  const was = isTag ? repositories.deleteTag(name, reference) : repositories.deleteManifest(name, reference);
  return was ? empty(202) : noManifest(reference);
}

export function deleteBlob(repositories: Repositories, { deletes }: Abilities, name: string, digest: string): Answer {
  if (!deletes) return notDone();
  return repositories.unlinkBlob(name, digest) ? empty(202) : noBlob(digest);
}
