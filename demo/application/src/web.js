import { once } from 'node:events';
import { log } from './log.js';
import { readSettings } from './settings.js';
import { createShop } from './shop.js';
import { openSpool } from './spool.js';
import { stopperOf } from './stopping.js';

// Listened for from the start: a container's first process is deaf to signals that it does not await.
const asked = once(process, 'SIGTERM');
const { host, port, queue, identity } = readSettings(process.env);
const server = createShop({ spool: await openSpool(queue), identity });
const stop = stopperOf(server);
server.listen(port, host, () => log('listening', { port: server.address().port, ...identity }));
await asked;
await stop();
log('stopped');
