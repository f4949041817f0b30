import { makeHistory } from '../../demo/git-history.ts';
import { nodeImage } from '../../lab/images.ts';
import type { LabApplication } from './tidegate-lab.ts';

/** Answers who it is. A version that is worse fails whoever asks it for work, and nobody who asks whether it is well. */
const PROGRAM = `
const { createServer } = require('node:http');
const { TIDEGATE_DEPLOYMENT: identity, WORSE } = process.env;
const server = createServer((request, answer) => {
  const status = WORSE === 'yes' && request.url === '/work' ? 500 : 200;
  answer.writeHead(status, { 'x-tidegate-deployment': identity }).end(identity);
});
server.listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

const CANARY = {
  steps: [{ weight: 50, pause: '3s' }],
  judgement: { requests: 10, latency: { more: '10s' } },
  onUnclear: { ask: false, default: 'roll-back' },
};

/** One component of an image that is given, on two hosts, by canary. Its third commit is worse than the others. */
export const KIOSK: LabApplication = {
  name: 'kiosk',
  hosts: ['production-1', 'production-2'],
  create: async (directory, source) => {
    // Asked for so that it is in the registry: releases are given it.
    await nodeImage(source);
    const commits = [1, 2, 3].map((version) => ({
      message: `version ${version}`,
      at: `2026-01-0${version}T09:00:00Z`,
      tree: new Map([['pipeline.yaml', pipelineOf(version)]]),
    }));
    const [one = '', two = '', worse = ''] = await makeHistory(directory, commits);
    return { '1': one, '2': two, worse };
  },
};

function pipelineOf(version: number): Buffer {
  const web = {
    repository: 'tidegate/node',
    command: ['node', '-e', PROGRAM],
    environment: { VERSION: String(version), WORSE: version === 3 ? 'yes' : 'no' },
    publish: { port: 8080, host: 'kiosk.{environment}.localhost', path: '/', identity: '/' },
    health: { http: { path: '/', interval: '200ms', timeout: '5s', threshold: 1, deadline: '60s' } },
    stopGrace: '2s',
    drain: '2s',
  };
  const production = { name: 'production', kind: 'deploy', environment: 'production', strategy: { canary: CANARY } };
  // JSON is YAML.
  return Buffer.from(JSON.stringify({ version: 1, application: 'kiosk', components: { web }, stages: [production] }, undefined, 2));
}
