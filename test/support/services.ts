import type { RouteServer } from '../../activities/hosts/ports.ts';
import type { RunSpec } from '../../domain/pipeline.ts';
import type { HostLab } from './host-lab.ts';

/** A small web service: health and identity that a test can spoil, and answers that take as long as asked. */
export const SERVICE = `
const http = require('node:http');
const identity = process.env.FALSE_IDENTITY ?? process.env.TIDEGATE_DEPLOYMENT ?? 'none';
if (process.env.EXIT) { console.log('cannot go on'); process.exit(Number(process.env.EXIT)); }
const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://service');
  request.resume();
  request.on('end', () => setTimeout(() => {
    response.setHeader('x-tidegate-deployment', identity);
    if (url.pathname === '/health' && process.env.BROKEN) response.statusCode = 500;
    // Well for whoever asks how it is, and not for its users.
    if (url.pathname === '/' && Math.random() * 100 < Number(process.env.FAILING ?? 0)) response.statusCode = 500;
    if (url.searchParams.has('status')) response.statusCode = Number(url.searchParams.get('status'));
    if (url.pathname === '/' && process.env.DROPPING) return request.socket.destroy();
    if (url.searchParams.has('cut')) return request.socket.destroy();
    response.end(JSON.stringify({ path: request.url, headers: request.headers }));
  }, Number(url.searchParams.get('ms') ?? 0)));
});
server.listen(8080);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** A small service over plain TCP: it answers each line with its identity, and keeps connections for as long as their clients do. */
export const TCP_SERVICE = `
require('node:net').createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', () => socket.write((process.env.TIDEGATE_DEPLOYMENT ?? 'none') + '\\n'));
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

export const RUN: RunSpec = {
  command: ['node', '-e', SERVICE],
  environment: {},
  volumes: [],
  health: { kind: 'running', stableMs: 0, deadlineMs: 10_000 },
  stopGraceMs: 1_000,
  drainMs: 1_000,
  replicas: 1,
};

/** Starts a service that answers with `deployment` as its identity, and returns it as the router takes it. */
export async function startService(
  lab: HostLab,
  network: string,
  name: string,
  deployment: string,
  program = SERVICE,
): Promise<RouteServer> {
  const call = { signal: AbortSignal.timeout(60_000) };
  await lab.hostEngine.ensureNetwork(network, {}, call);
  await lab.hostEngine.ensureImage(lab.node, () => undefined, call);
  const environment = { TIDEGATE_DEPLOYMENT: deployment };
  await lab.hostEngine.ensureContainer(
    {
      name,
      image: lab.node,
      labels: {},
      network,
      aliases: [],
      environment,
      volumes: [],
      run: { ...RUN, command: ['node', '-e', program] },
    },
    call,
  );
  await lab.hostEngine.start(name, call);
  return serviceOf(lab, name, deployment);
}

/** A service at the address that it has now. */
export async function serviceOf(lab: HostLab, name: string, deployment: string): Promise<RouteServer> {
  const state = await lab.hostEngine.inspect(name, { signal: AbortSignal.timeout(60_000) });
  return { name, address: state?.address ?? '', port: 8080, deployment };
}
