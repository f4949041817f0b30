import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { loadInstallation } from '../../config/installation-file.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { type Boundary, subjectOf } from './boundary.ts';

// A process of its own: `watched-worker.js tidegate.yaml`, which asks its parent before and after each activity whether it may go on.
const installation = await loadInstallation(process.argv[2] ?? 'tidegate.yaml');
const { address = '', namespace } = installation.temporal;
const waiting = new Map<number, () => void>();
let asked = 0;

process.on('message', (id: number) => {
  waiting.get(id)?.();
  waiting.delete(id);
});

function mayGoOn(boundary: Omit<Boundary, 'id'>): Promise<void> {
  asked += 1;
  const id = asked;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    process.send?.({ id, ...boundary });
  });
}

const aroundActivities: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const { workflowExecution, workflowType, activityId, activityType, attempt } = info;
      const subject = subjectOf(input.args[0]);
      const about = {
        workflowType: workflowType ?? '',
        workflowId: workflowExecution?.workflowId ?? '',
        activityId,
        activityType,
        subject,
        attempt,
      };
      await mayGoOn({ when: 'before', ...about });
      const result = await next(input);
      await mayGoOn({ when: 'after', ...about });
      return result;
    },
  },
});

await startWorker({
  installation,
  temporal: { address, namespace },
  process: { variables: process.env, docker: { hostKey: { knownHosts: join(homedir(), '.ssh', 'known_hosts') } } },
  log: (line) => process.stderr.write(`${line}\n`),
  aroundActivities,
});
process.stdout.write(`The worker works for ${installation.sites.join(', ')}\n`);
