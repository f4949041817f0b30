import type { Installation } from './installation.ts';

const AUTHOR = /^(.*?)\s*<([^<>]*)>$/;

/**
 * The people who an author of commits, `Name <address>`, is: whoever the installation says that the address belongs to, or else the person
 * who is named like the address or the part before its @. Nobody where the installation says that it is nobody's. Throws UnknownAuthor.
 */
export function personOfAuthor(author: string, { authors, people }: Pick<Installation, 'authors' | 'people'>): readonly string[] {
  const address = (AUTHOR.exec(author)?.[2] ?? author).toLowerCase();
  const owner = authors.find((other) => other.address === address);
  if (owner !== undefined) return owner.person === undefined ? [] : [owner.person];
  const names = people.map(({ name }) => name);
  const named = [address, address.split('@')[0] ?? ''].find((name) => names.includes(name));
  if (named === undefined) throw new UnknownAuthor(address);
  return [named];
}

/** Somebody wrote commits, and nobody knows who that is. */
export class UnknownAuthor extends Error {
  override readonly name = 'UnknownAuthor';

  constructor(readonly address: string) {
    super(`${address} is nobody whom tidegate.yaml knows; say under authors which person it is, or that it is none`);
  }
}
