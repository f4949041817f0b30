import { writeSync } from 'node:fs';
import { openLedger } from '../../../adapters/ledger/open-ledger.ts';
import type { LedgerEntry } from '../../../domain/ledger.ts';
import type { StandingDecision } from '../../../domain/standing.ts';

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
  if (index % 4 === 1) await ledger.decisions.keep(freezeOf(index), entry);
  else if (index % 4 === 2) await ledger.decisions.end(freezeOf(index - 1).id, { by: 'rita', at: entry.at, reason: '' }, entry);
  else await ledger.append(entry);
  writeSync(1, `told ${index}\n`);
}

function freezeOf(index: number): StandingDecision {
  const decided = { id: `freeze-${index}`, reason: 'the sale', by: 'rita', at: '2026-01-01T00:00:00.000Z' };
  return { kind: 'freeze', ...decided, scope: {}, owner: 'sales', from: decided.at, until: '2099-01-01T00:00:00.000Z' };
}
