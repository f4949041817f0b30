import { expect, it } from '@jest/globals';
import type { CheckpointPlace } from '../../../adapters/ledger/places/place.ts';
import { Publication } from '../../../adapters/ledger/publication.ts';

/** A place without a lock: what it compares with may be replaced before it writes. */
class Place implements CheckpointPlace {
  readonly name = 'place';
  readonly written: string[] = [];
  /** What the next one waits for between looking and writing. */
  slow: Promise<void> | undefined;

  async publish(note: string, replaces: (there: string) => boolean = () => true): Promise<void> {
    const there = await this.read();
    const waiting = this.slow;
    this.slow = undefined;
    await waiting;
    if (there === undefined || replaces(there)) this.written.push(note);
  }

  async read(): Promise<string | undefined> {
    return this.written.at(-1);
  }
}

it('a slower process that put its older checkpoint over a newer one puts the newer one back', async () => {
  const place = new Place();
  let newest = '1';
  const settings = {
    places: [place],
    replaces: (note: string, there: string) => Number(note) > Number(there),
    newest: async () => newest,
    warn: (line: string) => expect(line).toBe('nothing is warned of'),
  };
  const [slower, faster] = [new Publication(settings), new Publication(settings)];
  let open = (): void => undefined;
  place.slow = new Promise((resolve) => {
    open = resolve;
  });
  slower.owe('1');
  const late = slower.deliver();
  newest = '2';
  faster.owe('2');
  await faster.deliver();
  expect(place.written).toEqual(['2']);
  open();
  await late;
  await slower.deliver();
  expect(place.written).toEqual(['2', '1', '2']);
  await Promise.all([slower.deliver(), faster.deliver()]);
  expect(place.written).toHaveLength(3);
});
