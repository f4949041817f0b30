import { log } from './log.js';
import { readSettings } from './settings.js';
import { openSpool } from './spool.js';
import { notifier, work } from './work.js';

const { queue, notifyUrl, identity } = readSettings(process.env);
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
const spool = await openSpool(queue);
log('working', identity);
await work({ spool, notify: notifier(notifyUrl), signal: stopping.signal });
log('stopped');
