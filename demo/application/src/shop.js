import { createServer } from 'node:http';
import { BadRequest, readJson, sendHtml, sendJson } from './http.js';
import { log } from './log.js';
import { orderRules, refuseOrder } from './orders.js';
import { page } from './page.js';

/** The web service; not listening yet. */
export function createShop({ spool, identity }) {
  const routes = {
    'GET /': (_request, response) => sendHtml(response, page(identity)),
    'GET /version': (_request, response) => sendJson(response, 200, identity),
    'GET /health': async (_request, response) => {
      const problem = await findProblem(spool, identity);
      sendJson(response, problem === undefined ? 200 : 503, problem === undefined ? { ok: true } : { ok: false, problem });
    },
    'POST /orders': async (request, response) => {
      const order = await readJson(request);
      const refused = refuseOrder(order, orderRules(identity.environment));
      if (refused !== undefined) throw new BadRequest(400, refused);
      const id = await spool.submit({ item: order.item, quantity: order.quantity });
      sendJson(response, 202, { id, state: 'waiting' });
    },
    'GET /orders/:id': async (_request, response, id) => {
      const state = await spool.state(id);
      if (state === undefined) throw new BadRequest(404, 'There is no such order');
      sendJson(response, 200, state === 'done' ? { id, state, receipt: await spool.receipt(id) } : { id, state });
    },
  };
  const server = createServer((request, response) => {
    response.setHeader('x-tidegate-deployment', identity.deployment);
    answer(routes, request, response).catch((error) => fail(request, response, error));
  });
  // Longer than any proxy keeps a connection that it does not use, so that we never close one under a request.
  server.keepAliveTimeout = 75_000;
  return server;
}

/** Why no orders should come here now. */
async function findProblem(spool, identity) {
  if (await spool.maintenance()) return 'closed for maintenance';
  try {
    // The shop is of no use where it cannot judge an order.
    orderRules(identity.environment);
    await spool.waiting();
    return undefined;
  } catch (error) {
    log('unhealthy', { error: String(error) });
    return String(error);
  }
}

async function answer(routes, request, response) {
  const [path] = request.url.split('?');
  const [, id] = /^\/orders\/([^/]+)$/.exec(path) ?? [];
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = routes[`${method} ${id === undefined ? path : '/orders/:id'}`];
  if (route === undefined) throw new BadRequest(404, `There is nothing at ${request.method} ${path}`);
  await route(request, response, id);
}

function fail(request, response, error) {
  if (error instanceof BadRequest) return sendJson(response, error.status, { error: error.message });
  log('request-failed', { method: request.method, path: request.url, error: String(error.stack) });
  if (response.headersSent) return response.destroy();
  return sendJson(response, 500, { error: 'The shop is broken' });
}
