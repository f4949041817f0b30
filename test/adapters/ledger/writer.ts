import { openLedger } from '../../../adapters/ledger/open-ledger.ts';

// A process of its own that writes until it is killed, and says what it was told to be written:
// `writer.ts PLACE entries NAME` or `writer.ts PLACE releases NAME COUNT`, the place as JSON.
const [, , place = '', what = '', name = '', count = '1000000'] = process.argv;
const ledger = await openLedger(JSON.parse(place));
process.stdout.write('open\n');

for (let index = 0; index < Number(count); index++) {
  const key = `${name}/${index}`;
  if (what === 'entries')
    await ledger.append({ key, action: 'vote', actor: name, application: 'shop', reason: '', at: '2026-01-01T00:00:00.000Z' });
  const number = what === 'releases' ? (await ledger.register({ application: 'shop', key, images: {}, initiator: name })).record.number : 0;
  process.stdout.write(`${key} ${number}\n`);
}
ledger.close();
