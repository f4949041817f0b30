import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createDeployedImages } from '../../temporal/deployed-images.ts';
import { ensureHousekeeping, HOUSEKEEPING_SCHEDULE } from '../../temporal/housekeeping-schedule.ts';
import { createRetentionDesk } from '../../temporal/retention-desk.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, WorkflowLab } from '../support/workflow-lab.ts';

const WEB = 'registry.test/shop/web';
const NIGHTLY = { schedule: '0 3 * * *', duties: [{ kind: 'retention' }] } as const;

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

describe("Temporal's schedule", () => {
  const schedule = () => lab.env.client.schedule.getHandle(HOUSEKEEPING_SCHEDULE);
  const ensure = (plan: Parameters<typeof ensureHousekeeping>[1]) => ensureHousekeeping(lab.env.client, plan);
  const hours = async () => (await schedule().describe()).spec.calendars?.map((calendar) => calendar.hour);
  afterEach(() => ensure(undefined));

  it('is made at the first start of a worker, and changed with the installation file at a later one', async () => {
    await ensure(NIGHTLY);
    await ensure(NIGHTLY);
    expect(await hours()).toEqual([[{ start: 3, end: 3, step: 1 }]]);
    await ensure({ ...NIGHTLY, schedule: '30 5 * * 0' });
    expect(await hours()).toEqual([[{ start: 5, end: 5, step: 1 }]]);
  });

  it('is gone when the installation has none any more, however often that is said', async () => {
    await ensure(NIGHTLY);
    await ensure(undefined);
    await ensure(undefined);
    await expect(schedule().describe()).rejects.toMatchObject({ name: 'ScheduleNotFoundError' });
  });

  it('stays paused when an operator has paused it', async () => {
    await ensure(NIGHTLY);
    await schedule().pause('the registry moves house');
    await ensure({ ...NIGHTLY, schedule: '0 4 * * *' });
    expect((await schedule().describe()).state).toMatchObject({ paused: true, note: 'the registry moves house' });
    expect(await hours()).toEqual([[{ start: 4, end: 4, step: 1 }]]);
  });

  it('starts the housekeeping, which tidies', async () => {
    const { world } = lab.application();
    world.libraries.set(WEB, { repository: WEB, planHash: 'p', counts: { kept: 0, deleted: 1, stays: 0 }, rows: [], leftOut: 0 });
    await ensure(NIGHTLY);
    await schedule().trigger();
    await until(
      async () => (await schedule().describe()).info.recentActions.length,
      (count) => count === 1,
    );
    const [action] = (await schedule().describe()).info.recentActions;
    const started = lab.env.client.workflow.getHandle(action?.action.workflow.workflowId ?? '');
    expect(await started.result()).toEqual([{ duty: 'retention', outcome: 'done', detail: 'done: 1 deleted in 1 repository' }]);
    expect(world.tidied.map(({ repository }) => repository)).toEqual([WEB]);
  });
});

describe('a run of retention', () => {
  it('tells how far the repository is that it works at', async () => {
    const { world } = lab.application();
    const held = barrier();
    world.libraries.set(WEB, { repository: WEB, planHash: 'p', counts: { kept: 0, deleted: 2, stays: 0 }, rows: [], leftOut: 0 });
    world.held.set(`applyRetention ${WEB}`, held.closed);
    const desk = createRetentionDesk(lab.env.client, 'the test server');
    const run = await desk.start({ apply: true, actor: 'rita', repositories: [WEB] }, 'request');
    await until(
      () => desk.status(run),
      ({ repositories: [one] }) => one?.kind === 'working' && one.detail === `deleted 1 of 2 in ${WEB}`,
    );
    held.open();
    await until(
      () => desk.status(run),
      ({ state }) => state === 'done',
    );
  });
});

describe('what is deployed', () => {
  const read = (...places: { application: string; environment: string }[]) => createDeployedImages(lab.env.client, lab.engine).read(places);
  const runningIn = async (shop: Shop) => (await read()).statuses.find((status) => status.application === shop.name);

  it('is read from every environment that has a workflow, in the installation or not', async () => {
    const shop = lab.application();
    await shop.promoted(1);
    await until(
      () => runningIn(shop),
      (status) => status?.environment !== undefined,
    );
    const { statuses } = await read({ application: shop.name, environment: 'never-used' });
    const own = statuses.filter((status) => status.application === shop.name);
    expect(own.map(({ environment, current }) => [environment, current?.release.number]).sort()).toEqual([
      ['never-used', undefined],
      ['production', 1],
      ['staging', 1],
    ]);
  });

  it('knows the releases that have not ended', async () => {
    const shop = lab.application();
    await shop.start(7);
    await shop.reached(7, 'production', 'waiting');
    await until(read, ({ underWay }) => underWay.some(({ application, number }) => application === shop.name && number === 7));
    await shop.cancel(7);
    await shop.ended(7);
    await until(read, ({ underWay }) => underWay.every(({ application }) => application !== shop.name));
  });

  it('cannot be told while an environment does not answer', async () => {
    const engine = { environmentStatus: async () => Promise.reject(new Error('No worker answered for shop in production')) };
    const images = createDeployedImages(lab.env.client, engine);
    await expect(images.read([{ application: 'shop', environment: 'production' }])).rejects.toThrow('No worker answered');
  });
});
