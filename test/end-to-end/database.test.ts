import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ReleaseStatus, StageState } from '../../domain/release.ts';
import { runCommand } from '../../lab/command.ts';
import { until } from '../support/temporal.ts';
import { ORDERS, TidegateLab } from '../support/tidegate-lab.ts';

interface Order {
  readonly id: string;
  readonly item: string;
  readonly served_by: string | null;
  readonly note?: string;
}

let lab: TidegateLab;

beforeAll(async () => {
  lab = await TidegateLab.start(ORDERS);
  await lab.startProcess('server');
  await lab.startProcess('worker');
}, 240_000);
afterAll(async () => {
  await lab?.stop();
}, 120_000);

/** Takes a commit to production, with the approval that it needs, and returns how that ended. */
async function release(number: number): Promise<StageState> {
  const what = ['--commit', lab.commits[String(number)] ?? '', '--image', `database=${lab.registry}/tidegate/database:lab`];
  expect(await lab.run('dev', 'release', 'create', 'orders', ...what)).toMatchObject({ code: 0 });
  await reached(number, 'waiting');
  expect(await lab.run('rita', 'approve', `orders#${number}`, '--stage', 'production')).toMatchObject({ code: 0 });
  return reached(number, 'passed', 'failed', 'rolled-back');
}

async function reached(number: number, ...kinds: StageState['kind'][]): Promise<StageState> {
  const stateIn = (status: ReleaseStatus): StageState | undefined => status.stages.find(({ name }) => name === 'production')?.state;
  const status = await until(
    () => lab.status(number),
    (status) => kinds.includes(stateIn(status)?.kind ?? 'pending'),
    120_000,
  );
  return stateIn(status) ?? { kind: 'pending' };
}

/** A request as a user sends it. */
async function ask<T>(path: string, body?: object): Promise<T> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await lab.ask('production-1', path, init);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.body) as T;
}

/** An order is served when the worker says by which release. */
async function served(item: string, quantity: number): Promise<string | null> {
  const { id } = await ask<Order>('/orders', { item, quantity });
  const done = await until(
    async () => (await ask<Order[]>('/orders')).find((order) => order.id === id),
    (order) => order?.served_by !== null && order !== undefined,
    20_000,
  );
  return done?.served_by ?? null;
}

const version = async () => (await ask<{ readonly release: string }>('/version')).release;

/** The engine's word for the database's container: the same one goes on when it is the same here. */
function databaseContainer(): Promise<string> {
  const { docker = '' } = lab.engines['production-1'] ?? {};
  const filter = ['--filter', 'label=io.tidegate.component=database'];
  return runCommand('docker', ['--host', docker, 'ps', '--quiet', '--no-trunc', ...filter]);
}

it('takes an application with a database through releases, a migration that fails and a rollback that undoes one, and loses no order', async () => {
  expect(await release(1)).toMatchObject({ kind: 'passed' });
  const database = await databaseContainer();
  expect(database.trim()).toMatch(/^[0-9a-f]{64}$/);

  expect(await release(2)).toMatchObject({ kind: 'passed' });
  expect([await version(), await served('tea', 1)]).toEqual(['2', '2']);

  // Its migration cannot be applied to what is there: nothing is touched.
  const failed = await release(3);
  expect(failed).toMatchObject({ kind: 'failed', reason: expect.stringContaining('more_than_one') });
  expect([await version(), await served('mug', 1)]).toEqual(['2', '2']);
  expect((await ask<Order[]>('/orders')).every((order) => !('note' in order))).toBe(true);
  const dossier = await lab.run('dev', 'dossier', 'orders#3', '--stage', 'production');
  expect(dossier.out).toContain('more_than_one');

  expect(await release(4)).toMatchObject({ kind: 'passed' });
  expect([await version(), await served('kettle', 2)]).toEqual(['4', '4']);
  expect((await ask<Order[]>('/orders')).map(({ note }) => note)).toEqual(['', '', '']);

  const back = ['rollback', 'orders', '--environment', 'production', '--to', '2', '--reason', 'notes are not wanted'];
  expect(await lab.run('rita', ...back)).toMatchObject({ code: 0 });
  expect([await version(), await served('tea', 3)]).toEqual(['2', '2']);
  const orders = await ask<Order[]>('/orders');
  expect(orders.map(({ item, served_by, ...rest }) => [item, served_by, 'note' in rest])).toEqual([
    ['tea', '2', false],
    ['mug', '2', false],
    ['kettle', '4', false],
    ['tea', '2', false],
  ]);
  // What did not change was never stopped.
  expect(await databaseContainer()).toBe(database);
}, 400_000);
