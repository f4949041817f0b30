import type { ImageLibrary } from '../../../activities/retention/ports.ts';
import type { OpenRepository } from '../contents.ts';
import { parseRepository } from '../reference.ts';
import { RegistryShelf } from './shelf.ts';

/** Repositories of any registry behind retention's port. */
export function createImageLibrary(open: OpenRepository): ImageLibrary {
  return { open: (repository) => new RegistryShelf(open(parseRepository(repository))) };
}
