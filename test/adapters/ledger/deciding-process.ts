import { writeSync } from 'node:fs';
import { openLedger } from '../../../adapters/ledger/open-ledger.ts';
import type { LedgerEntry } from '../../../domain/ledger.ts';

// A process of its own that decides, records what it decided, and only then tells: `deciding-process.ts SETTINGS FROM`. As an activity
// would be, a decision that was not told is made again by the next process, under the same key.
const [, , settings = '', from = '0'] = process.argv;
const { checkpoints, ...place } = JSON.parse(settings);
const ledger = await openLedger({ ...place, deadlineMs: 60_000, checkpoints: { ...checkpoints, places: [], warn: () => undefined } });
writeSync(1, 'open\n');

for (let index = Number(from); ; index++) {
  writeSync(1, `decided ${index}\n`);
  const entry: LedgerEntry = {
    key: `decision/${index}`,
    action: 'vote',
    actor: 'rita',
    reason: `${index}`,
    at: '2026-01-01T00:00:00.000Z',
  };
  if (index % 3 === 0) await ledger.register({ application: 'shop', key: `${index}`, images: {}, initiator: 'rita' });
  await ledger.append(entry);
  writeSync(1, `told ${index}\n`);
}
