import { bytesOf } from './entry-name.ts';
import { ArchiveFault } from './faults.ts';
import type { Place } from './source-tree.ts';

/** Linux follows 40 links in one name, and other readers up to 255: a longer chain is somebody's trick. */
const LONGEST_CHAIN = 255;
/** In bytes, as of names: no file system takes a longer one. */
const LONGEST_TARGET = 4095;

/** Somewhere in the tree: `below` parts further down than the last place that is there, after so many links. */
interface Position {
  readonly place: Place;
  readonly below: number;
  readonly links: number;
}

/** `nowhere` is round in a circle: no reader ever gets out of there. */
type End = Position | 'nowhere';
type Ends = Map<Place, End>;

/**
 * Follows symbolic links as a file system would, each through every other: `a -> b/..` leads to where b's target has its parent. Throws ArchiveFault
 * for one that leaves the tree on its way, as it is written or as it is followed, also where it would come back.
 */
export function followLinks(top: Place, links: readonly Place[]): void {
  const ends: Ends = new Map();
  for (const link of links) endOf(top, link, ends, 0);
}

function endOf(top: Place, link: Place, ends: Ends, depth: number): End {
  const known = ends.get(link);
  if (known !== undefined) return known;
  if (depth > LONGEST_CHAIN) throw tooLong(link);
  requireTarget(link);
  // What leads back to it before its own end is known goes round.
  ends.set(link, 'nowhere');
  const end = walk(top, link, ends, depth);
  if (end !== 'nowhere' && end.links > LONGEST_CHAIN) throw tooLong(link);
  ends.set(link, end);
  return end;
}

function tooLong({ path }: Place): ArchiveFault {
  return new ArchiveFault(path, `is in a chain of more than ${LONGEST_CHAIN} links`);
}

function requireTarget(link: Place): void {
  const { path, target = '' } = link;
  const refuse = (why: string) => new ArchiveFault(path, `is a link to ${JSON.stringify(target.slice(0, 120))}, ${why}`);
  if (target === '') throw refuse('which is nothing');
  if (target.includes('\0')) throw refuse('which holds a zero byte');
  if (bytesOf(target) > LONGEST_TARGET) throw refuse('which is longer than any path');
  if (target.startsWith('/')) throw refuse('an absolute path, which lies outside of the source');
  let level = path.split('/').length - 1;
  for (const part of partsOf(target)) {
    level += part === '..' ? -1 : 1;
    if (level < 0) throw refuse('which leads out of the source');
  }
}

function walk(top: Place, link: Place, ends: Ends, depth: number): End {
  let at: Position = { place: link.parent ?? top, below: 0, links: 1 };
  for (const part of partsOf(link.target ?? '')) {
    const next = part === '..' ? upFrom(at, link) : downFrom(at, part);
    const isLink = next.place.kind === 'link';
    const end = isLink ? endOf(top, next.place, ends, depth + 1) : next;
    if (end === 'nowhere') return end;
    at = isLink ? { ...end, links: at.links + end.links } : end;
  }
  return at;
}

function downFrom({ place, below, links }: Position, part: string): Position {
  const child = below === 0 ? place.children?.get(part) : undefined;
  return child === undefined ? { place, below: below + 1, links } : { place: child, below: 0, links };
}

function upFrom({ place, below, links }: Position, link: Place): Position {
  if (below > 0) return { place, below: below - 1, links };
  if (place.parent !== undefined) return { place: place.parent, below: 0, links };
  throw new ArchiveFault(link.path, `is a link to ${JSON.stringify(link.target)}, which leads out of the source through other links`);
}

function partsOf(target: string): string[] {
  return target.split('/').filter((part) => part !== '' && part !== '.');
}
