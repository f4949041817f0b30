import { isFolderName, partsOf } from './entry-name.ts';
import { ArchiveFault } from './faults.ts';
import type { ArchiveEntry } from './source-tree.ts';

/** Takes the one folder away that some archives have their source in, as GitHub's `acme-shop-a84d88e/`. */
export class TopFolder {
  readonly #isWrapped: boolean;
  #name: string | undefined;
  #isThere = false;

  constructor(isWrapped: boolean) {
    this.#isWrapped = isWrapped;
  }

  /** The entry as the source has it; undefined for the folder itself. Throws ArchiveFault for what is beside it. */
  without(entry: ArchiveEntry): ArchiveEntry | undefined {
    if (!this.#isWrapped) return entry;
    const inside = this.#inside(entry.name, entry.name);
    if (inside === '') return this.#itself(entry);
    if (entry.type !== 'link') return { ...entry, name: inside };
    return { ...entry, name: inside, linkname: this.#inside(entry.linkname ?? '', entry.name) };
  }

  #itself({ name, type }: ArchiveEntry): undefined {
    if (type !== 'directory' || this.#isThere) throw new ArchiveFault(name, 'stands for the top folder, which is one folder');
    this.#isThere = true;
    return undefined;
  }

  #inside(name: string, place: string): string {
    const [top, ...parts] = partsOf(name);
    this.#name ??= top;
    if (top !== this.#name || top === undefined)
      throw new ArchiveFault(place, `is beside the folder ${JSON.stringify(this.#name ?? '')}, in which the whole archive has to be`);
    return parts.length > 0 && isFolderName(name) ? `${parts.join('/')}/` : parts.join('/');
  }
}
