import { bytesOf, isFolderName, partsOf } from './entry-name.ts';
import { ArchiveFault } from './faults.ts';
import { followLinks } from './follow-links.ts';

/** One entry of a tar, as its header has it. */
export interface ArchiveEntry {
  readonly name: string;
  /** `file`, `directory`, `symlink`, `link`, or whatever else a tar can hold; null for a type that nobody knows. */
  readonly type: string | null;
  readonly linkname: string | null;
  /** Bytes. */
  readonly size: number;
}

export interface ArchiveLimits {
  /** Of files, folders and links together. */
  readonly entries: number;
  /** Of the files' contents together. */
  readonly bytes: number;
}

/** What every source stays below: no repository that people work in comes near the first. */
export const ARCHIVE_LIMITS: ArchiveLimits = { entries: 100_000, bytes: 4 * 1024 ** 3 };

/** Bytes of all names and targets together: what is kept of an archive while it is read. */
const MOST_NAMES = 32 * 1024 ** 2;

/** A place in a source. `implied` is a folder that has something in it and no entry so far. */
export interface Place {
  readonly parent: Place | undefined;
  readonly path: string;
  kind: 'folder' | 'implied' | 'file' | 'link';
  children?: Map<string, Place>;
  /** Of a symbolic link. */
  target?: string;
}

/**
 * The tree that an archive makes, told one entry after the other as they come: whatever could write or lead out of it, or be read in two ways, is
 * refused with an ArchiveFault. Keeps names alone.
 */
export class SourceTree {
  readonly #top: Place = { parent: undefined, path: '', kind: 'implied' };
  readonly #limits: ArchiveLimits;
  readonly #links: Place[] = [];
  #entries = 0;
  #bytes = 0;
  #names = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Takes one more entry; its path in the tree, '' for the top itself. */
  take(entry: ArchiveEntry): string {
    const parts = partsOf(entry.name);
    const kind = kindOf(entry);
    this.#bytes += entry.size;
    if (this.#bytes > this.#limits.bytes)
      throw new ArchiveFault(entry.name, `goes beyond ${this.#limits.bytes} bytes, which is the most that a source may hold`);
    if (parts.length === 0) return this.#takeTop(entry, kind);
    const folder = parts.slice(0, -1).reduce((place, part) => this.#folderIn(place, part, entry.name), this.#top);
    const place = this.#add(folder, parts.at(-1) ?? '', kind, entry.name);
    if (entry.type === 'symlink') this.#link(place, entry);
    if (entry.type === 'link') this.#requireFile(entry);
    return place.path;
  }

  /** To be called once all entries are there, as links may lead through what comes later. */
  close(): void {
    followLinks(this.#top, this.#links);
  }

  #takeTop(entry: ArchiveEntry, kind: Place['kind']): string {
    if (kind !== 'folder' || this.#top.kind === 'folder')
      throw new ArchiveFault(entry.name, 'stands for the top itself, which is one folder');
    this.#top.kind = 'folder';
    return '';
  }

  #folderIn(place: Place, part: string, name: string): Place {
    const there = place.children?.get(part);
    if (there === undefined) return this.#add(place, part, 'implied', name);
    if (there.kind === 'folder' || there.kind === 'implied') return there;
    throw new ArchiveFault(name, `would be written through ${JSON.stringify(there.path)}, which is a ${there.kind} and no folder`);
  }

  #add(folder: Place, part: string, kind: Place['kind'], name: string): Place {
    const there = folder.children?.get(part);
    if (there?.kind === 'implied' && kind === 'folder') {
      there.kind = 'folder';
      return there;
    }
    if (there !== undefined) throw new ArchiveFault(name, 'is there twice');
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) throw new ArchiveFault(name, `is one more than ${this.#limits.entries} files and folders`);
    const place: Place = { parent: folder, path: folder.path === '' ? part : `${folder.path}/${part}`, kind };
    this.#keep(name, bytesOf(place.path));
    folder.children ??= new Map();
    folder.children.set(part, place);
    return place;
  }

  #link(place: Place, { name, linkname }: ArchiveEntry): void {
    place.target = linkname ?? '';
    this.#keep(name, bytesOf(place.target));
    this.#links.push(place);
  }

  #keep(name: string, bytes: number): void {
    this.#names += bytes;
    if (this.#names > MOST_NAMES) throw new ArchiveFault(name, `makes the names longer than ${MOST_NAMES} bytes together`);
  }

  /** A hard link is a second name of a file before it, and of nothing else: what it is of a link, readers do not agree on. */
  #requireFile({ name, linkname }: ArchiveEntry): void {
    let place: Place | undefined = this.#top;
    for (const part of partsOf(linkname ?? '')) place = place?.children?.get(part);
    if (place?.kind === 'file' && place.path !== partsOf(name).join('/')) return;
    throw new ArchiveFault(name, `is a hard link to ${JSON.stringify(linkname)}, which is no file that came before it`);
  }
}

function kindOf({ name, type, size }: ArchiveEntry): Place['kind'] {
  if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'link')
    throw new ArchiveFault(name, `is a ${type ?? 'thing of an unknown type'}; a source holds files, folders and links alone`);
  // Readers of old tars take it for one.
  if (type !== 'directory' && isFolderName(name)) throw new ArchiveFault(name, `is a ${type} by the name of a folder`);
  if (type === 'file') return 'file';
  if (size !== 0) throw new ArchiveFault(name, `is a ${type} and has contents, which only files have`);
  return type === 'directory' ? 'folder' : type === 'symlink' ? 'link' : 'file';
}
