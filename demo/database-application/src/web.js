import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { connect } from './connect.js';

// Listened for from the start: a container's first process is deaf to signals that it does not await.
const asked = once(process, 'SIGTERM');
const sql = connect();
const { TIDEGATE_RELEASE: release = 'none', TIDEGATE_DEPLOYMENT: deployment = 'none', TIDEGATE_DIGEST: digest = 'none' } = process.env;

const routes = {
  'GET /version': async () => ({ release, deployment, digest }),
  'GET /health': async () => ({ ok: (await sql`select count(*) from orders`).length === 1 }),
  'GET /orders': () => sql`select * from orders order by id`,
  'POST /orders': async (body) => {
    const { item, quantity } = JSON.parse(body);
    return (await sql`insert into orders (item, quantity) values (${item}, ${quantity}) returning *`)[0];
  },
};

const server = createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url}`];
  try {
    const answer = route && (await route(await text(request)));
    response.writeHead(route ? 200 : 404, { 'content-type': 'application/json', 'x-tidegate-deployment': deployment });
    response.end(JSON.stringify(answer ?? {}));
  } catch (error) {
    console.log(String(error));
    response.writeHead(503, { 'x-tidegate-deployment': deployment }).end();
  }
});
// Longer than any proxy keeps a connection that it does not use.
server.keepAliveTimeout = 75_000;
server.listen(8080, '0.0.0.0');
await asked;
const closed = once(server, 'close');
server.close();
server.closeIdleConnections();
await closed;
await sql.end({ timeout: 5 });
