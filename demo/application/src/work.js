import { setTimeout as pause } from 'node:timers/promises';
import { log } from './log.js';
import { priceOf } from './pricing.js';

const IDLE_MS = 100;
const AFTER_FAILURE_MS = 1_000;

/** Serves orders until the signal; the order in hand is finished first. `notify` tells somebody of each receipt. */
export async function work({ spool, notify, signal }) {
  while (!signal.aborted) {
    await spool.reclaim();
    const served = await serveAll(await spool.waiting(), { spool, notify, signal });
    if (served === 0) await untilAborted(IDLE_MS, signal);
  }
}

async function serveAll(ids, { spool, notify, signal }) {
  let served = 0;
  for (const id of ids) {
    if (signal.aborted) break;
    const claim = await spool.claim(id);
    if (claim === undefined) continue;
    served += 1;
    await serve(claim, { spool, notify, signal });
  }
  return served;
}

async function serve(claim, { spool, notify, signal }) {
  const { order } = claim;
  try {
    const receipt = { ...order, total: priceOf(order), servedAt: new Date().toISOString() };
    // Told before it is done: a crash in between tells it twice, and never loses it. Receipts have ids to be known by.
    await notify(receipt);
    await spool.finish(claim, receipt);
    log('served', { id: order.id, total: receipt.total });
  } catch (error) {
    await spool.giveBack(claim);
    log('order-failed', { id: order.id, error: String(error) });
    await untilAborted(AFTER_FAILURE_MS, signal);
  }
}

async function untilAborted(milliseconds, signal) {
  await pause(milliseconds, undefined, { signal }).catch((error) => {
    if (error.name !== 'AbortError') throw error;
  });
}

/** Posts a receipt to an address; without one nobody is told. */
export function notifier(url) {
  return async (receipt) => {
    if (url === undefined) return;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(receipt),
      signal: AbortSignal.timeout(5_000),
    });
    await answer.text();
    if (!answer.ok) throw new Error(`Expected ${url} to take a receipt and saw ${answer.status}`);
  };
}
