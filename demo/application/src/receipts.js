import { once } from 'node:events';
import { createServer } from 'node:http';
import { readJson, sendJson } from './http.js';
import { log } from './log.js';
import { readSettings } from './settings.js';
import { stopperOf } from './stopping.js';

// Keeps the receipts that it is sent, for the tests to look at: the worker's companion.
const asked = once(process, 'SIGTERM');
const { host, port } = readSettings(process.env);
const receipts = new Map();

async function answer(request, response) {
  if (request.url !== '/receipts') return sendJson(response, 404, { error: 'Only /receipts is here' });
  if (request.method === 'GET') return sendJson(response, 200, [...receipts.values()]);
  const receipt = await readJson(request);
  receipts.set(receipt.id, receipt);
  return sendJson(response, 201, receipt);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => sendJson(response, error.status ?? 500, { error: error.message }));
});
const stop = stopperOf(server);
server.listen(port, host, () => log('listening', { port: server.address().port }));
await asked;
await stop();
