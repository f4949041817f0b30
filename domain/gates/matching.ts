/** Places that people can take, so many of each, and who can take one. */
export interface Places {
  readonly count: number;
  readonly accepts: (person: string) => boolean;
}

/**
 * Seats as many people as possible, each at one place: a maximum bipartite matching by augmenting paths (Kuhn). Returns who sits where, in
 * the order of `places`. Whoever comes earlier is not sent away for somebody later, at most moved.
 */
export function seat(people: readonly string[], places: readonly Places[]): readonly (readonly string[])[] {
  const seated: string[][] = places.map(() => []);
  for (const person of new Set(people)) seatOne(person, places, seated, new Set());
  return seated;
}

/** Finds a place for a person, moving others where that makes one free. */
function seatOne(person: string, places: readonly Places[], seated: string[][], tried: Set<number>): boolean {
  return places.some(({ count, accepts }, index) => {
    if (tried.has(index) || !accepts(person)) return false;
    tried.add(index);
    const here = seated[index] ?? [];
    if (here.length < count) return here.push(person) > 0;
    const moved = here.findIndex((other) => seatOne(other, places, seated, tried));
    if (moved < 0) return false;
    here[moved] = person;
    return true;
  });
}
