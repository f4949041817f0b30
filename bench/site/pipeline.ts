/** What a release of the bench's application is, besides its image. */
export interface Version {
  /** Makes each release another one. */
  readonly number: number;
  /** As pipeline.yaml has it: `{ rolling: { batch: 1 } }`. */
  readonly strategy: object;
  /** Never gets healthy. */
  readonly isFaulty?: boolean;
}

export const HOST_NAME = 'shop.production.localhost';

/** Answers who it is, in a header and as the whole body, and ends its requests before it ends itself. */
export const APPLICATION = `
const { createServer } = require('node:http');
const { TIDEGATE_DEPLOYMENT: identity, FAULTY } = process.env;
const server = createServer((request, answer) => {
  request.resume();
  const status = FAULTY === 'yes' && request.url === '/health' ? 500 : 200;
  answer.writeHead(status, { 'x-tidegate-deployment': identity, 'content-type': 'text/plain' }).end(identity);
});
server.keepAliveTimeout = 75000;
server.listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

/** The pipeline file of a release: one component, of an image that is given, and one stage. JSON is YAML. */
export function pipelineOf({ number, strategy, isFaulty = false }: Version, repository: string): string {
  const web = {
    repository,
    command: ['node', '-e', APPLICATION],
    environment: { VERSION: String(number), FAULTY: isFaulty ? 'yes' : 'no' },
    publish: { port: 8080, host: 'shop.{environment}.localhost', path: '/', identity: '/' },
    health: { http: { path: '/health', interval: '200ms', timeout: '2s', threshold: 1, deadline: isFaulty ? '2s' : '30s' } },
    stopGrace: '5s',
    drain: '2s',
  };
  const stage = { name: 'production', kind: 'deploy', environment: 'production', strategy };
  return JSON.stringify({ version: 1, application: 'shop', components: { web }, stages: [stage] }, undefined, 2);
}
