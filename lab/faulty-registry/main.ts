import { parseArgs } from 'node:util';
import { startFaultyRegistry } from './server.ts';

// node dist/lab/faulty-registry/main.js --port 5001 [--directory DIR]: a faultless registry; prints its address in a line, stops at SIGTERM or SIGINT.
const { values } = parseArgs({ options: { directory: { type: 'string' }, port: { type: 'string' } } });
const registry = await startFaultyRegistry({
  ...(values.directory === undefined ? {} : { directory: values.directory }),
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
});
process.stdout.write(`${JSON.stringify({ address: registry.address })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void registry.close());
