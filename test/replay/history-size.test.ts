import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stage } from '../../domain/pipeline.ts';
import { deploymentWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { digestOf, RITA } from '../support/world/example.ts';

/** Of a history: Temporal ends a workflow at 51,200 events and 50 MB, and every replay reads all of it. */
interface Size {
  readonly events: number;
  readonly bytes: number;
}

interface Promotion {
  readonly release: Size;
  readonly environment: Size;
  readonly deployment: Size;
}

const PRODUCTION: Stage = {
  kind: 'deploy',
  name: 'production',
  needs: [],
  environment: 'production',
  strategy: { kind: 'rolling', batch: 1 },
};
const WEB = { repository: 'registry.test/shop/web', digest: digestOf('web') };

let lab: WorkflowLab;
/** A release without stages: what none of them can be blamed for. */
let bare: Size;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
  const shop = shopOf(1, []);
  await shop.start(1, { images: { web: WEB } });
  await shop.ended(1);
  bare = await sizeOf(releaseWorkflowId(shop.name, 1));
});
afterAll(() => lab.stop());

function shopOf(hosts: number, stages: readonly Stage[], more: { readonly approval?: typeof RITA } = {}): Shop {
  const shop = lab.application();
  const names = Array.from({ length: hosts }, (_, index) => ({ name: `production-${index + 1}`, site: 'default' }));
  shop.world.policies = { production: { name: 'production', hosts: names, policyRevision: 'policy-1', bakeMs: 3_600_000, ...more } };
  shop.world.pipeline = { ...shop.world.pipeline, stages };
  return shop;
}

/** Takes a release to production, and GitHub is told of it; approved by a person where `approval` is given. */
async function promotionTo(hosts: number, more: { readonly approval?: typeof RITA } = {}): Promise<Promotion> {
  const shop = shopOf(hosts, [PRODUCTION], more);
  await shop.start(1, { images: { web: WEB } });
  if (more.approval !== undefined) {
    await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'approve');
  }
  expect((await shop.ended(1)).state).toBe('promoted');
  return {
    release: await sizeOf(releaseWorkflowId(shop.name, 1)),
    environment: await sizeOf(environmentWorkflowId(shop.name, 'production')),
    deployment: await sizeOf(deploymentWorkflowId(shop.name, 'production', 1)),
  };
}

async function sizeOf(workflowId: string): Promise<Size> {
  const { historyLength, historySize } = await lab.env.client.workflow.getHandle(workflowId).describe();
  return { events: historyLength, bytes: historySize ?? Number.POSITIVE_INFINITY };
}

const eventsOf = ({ release, environment, deployment }: Promotion) => release.events + environment.events + deployment.events;
const bytesOf = ({ release, environment, deployment }: Promotion) => release.bytes + environment.bytes + deployment.bytes;

describe('a deploy stage', () => {
  it('to one host adds under 60 events to any one history', async () => {
    const { release, environment, deployment } = await promotionTo(1);
    expect(release.events - bare.events).toBeLessThan(60);
    expect(environment.events).toBeLessThan(60);
    expect(deployment.events).toBeLessThan(60);
  });

  it('adds under 12 events to all histories together for each further host', async () => {
    const [one, six] = [await promotionTo(1), await promotionTo(6)];
    expect((eventsOf(six) - eventsOf(one)) / 5).toBeLessThan(12);
  });

  it('to ten hosts, approved by a person, takes under 500 events and 256 KB in all histories together', async () => {
    const promotion = await promotionTo(10, { approval: RITA });
    expect(eventsOf(promotion)).toBeLessThan(500);
    expect(bytesOf(promotion)).toBeLessThan(256 * 1024);
  });
});
