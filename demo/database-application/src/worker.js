import { setTimeout as pause } from 'node:timers/promises';
import { connect } from './connect.js';

// Serves orders until it is asked to stop, the one in hand to its end. Several may work: each takes rows that no other holds.
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
const sql = connect();
const { TIDEGATE_RELEASE: release = 'none' } = process.env;

while (!stopping.signal.aborted) {
  const served = await serveOne().catch((error) => {
    console.log(String(error));
    return 0;
  });
  if (served === 0) await pause(200, undefined, { signal: stopping.signal }).catch(() => undefined);
}
await sql.end({ timeout: 5 });

/** How many orders were served, none or one. */
async function serveOne() {
  const served = await sql`
    update orders set served_by = ${release}
    where id = (select id from orders where served_by is null order by id for update skip locked limit 1) returning id`;
  for (const { id } of served) console.log(`served ${id}`);
  return served.length;
}
