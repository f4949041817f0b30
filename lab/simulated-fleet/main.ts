import { parseArgs } from 'node:util';
import { startFleet } from './fleet.ts';

// node dist/lab/simulated-fleet/main.js --directory DIR --engines NUMBER: prints their endpoints in a line of JSON; at SIGTERM or SIGINT another, of what they were asked.
const { values } = parseArgs({ options: { directory: { type: 'string' }, engines: { type: 'string' } } });
const fleet = await startFleet(values.directory ?? 'fleet', Number(values.engines ?? 1));
process.stdout.write(`${JSON.stringify({ endpoints: fleet.endpoints })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    process.stdout.write(`${JSON.stringify({ requests: fleet.requests(), unknown: fleet.unknown() })}\n`);
    void fleet.stop();
  });
}
