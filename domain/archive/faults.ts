/** An archive of a source holds what none may hold. The message says where, and why. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';

  constructor(place: string, reason: string) {
    super(`${shown(place)} ${reason}`);
  }
}

/** An archive ended before its end: half of it must not look like all of it. */
export class ArchiveCut extends Error {
  override readonly name = 'ArchiveCut';

  constructor(seen: string) {
    super(`its archive ended early: ${seen}`);
  }
}

const SHOWN = 120;

/** A name as a message can hold it: its strange letters escaped, its end left out where it is long. */
function shown(name: string): string {
  return JSON.stringify(name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name);
}
