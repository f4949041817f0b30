import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LateOpening } from '../../adapters/ledger/late-opening.ts';
import { openLedger } from '../../adapters/ledger/open-ledger.ts';
import { createWorkerLedger, type WorkerLedger } from '../../adapters/ledger/worker-ledger.ts';
import { findPostgres, type Postgres, startPostgres } from '../../lab/postgres.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

const programs = await findPostgres(process.env);
if (programs === undefined) process.stderr.write("Left out: a ledger in PostgreSQL that goes away. 'npm test' installs it where it can\n");

let postgres: Postgres;
let lab: WorkflowLab;
let ledger: WorkerLedger;
let shop: Shop;

/** As a worker opens it: in the background, whether or not it is there. */
function opened(): WorkerLedger {
  const { host, port, user } = postgres;
  const access = { host, port, user, database: 'postgres', tls: 'off' } as const;
  const open = () => openLedger({ postgres: access, deadlineMs: 8_000 });
  return createWorkerLedger(new LateOpening({ place: `${host}:${port}`, open, log: () => undefined, pauseMs: 100 }));
}

const records = async () => (await ledger.entriesUnder('')).map(({ action, release }) => `${action} ${release}`);
const running = (release: number) =>
  until(
    () => shop.environment(),
    ({ current, running: turn }) => turn === null && current?.release.number === release,
  );

(programs === undefined ? describe.skip : describe)('a worker that was killed while PostgreSQL was away', () => {
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? '');
    lab = await WorkflowLab.start('dev');
    ledger = opened();
    shop = lab.application(PRODUCTION_ALONE);
    shop.world.keeps = (entry) => ledger.append(entry);
  }, 120_000);
  afterAll(async () => {
    await lab?.stop();
    ledger?.close();
    await postgres?.stop();
  });

  it('comes back without its ledger, takes back what failed and what a person rolls back, and records all of it once when that is there again', async () => {
    await shop.serves(1);
    await shop.promoted(2);
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.approved(3);
    await until(
      async () => shop.world.asked,
      (asked) => asked.includes('switchHost production-1 release 3'),
    );

    await postgres.crash();
    shop.world.failing.set('switchHost production-1 release 3', terminal('never healthy'));
    const stopped = lab.stopWorkers();
    slow.open();
    await stopped;
    ledger.close();
    ledger = opened();
    await lab.restartWorkers();

    // The way back of the failed deployment, and then one that a person asks for.
    const failed = await running(2);
    expect(failed.last).toMatchObject({ release: 3, outcome: { kind: 'rolled-back' } });
    expect(await shop.rollback()).toMatchObject({ from: 2, to: 1 });
    await running(1);
    for (const host of ['production-1', 'production-2']) expect(shop.world.serving[host]).toMatchObject({ release: 1 });
    await expect(ledger.entriesUnder('')).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    // Nothing goes forward meanwhile, and nobody is told of what is not recorded.
    await shop.start(4);
    expect(shop.world.statuses.filter(({ state }) => state === 'failure')).toEqual([]);

    await postgres.restart();
    const { state } = await shop.ended(3);
    expect(state).toBe('rolled-back');
    const all = await until(records, (seen) => seen.includes('deployment-succeeded 1'));
    const ofThree = all.filter((record) => record.endsWith(' 3'));
    expect([...ofThree].sort()).toEqual(['deployment-rolled-back 3', 'deployment-started 3', 'stage-failed 3', 'vote 3']);
    for (const record of ['rollback-requested 2', 'deployment-started 1', 'deployment-succeeded 1'])
      expect(all.filter((one) => one === record)).toHaveLength(1);
    // The way back was recorded before what came after it, in the order in which all of it happened.
    expect(all.indexOf('deployment-rolled-back 3')).toBeLessThan(all.indexOf('deployment-succeeded 1'));
    expect(shop.world.askedOfHosts().filter((line) => line.endsWith('release 4'))).toEqual([]);
    await shop.reached(4, 'production', 'waiting');
    await shop.cancel(4);
    await shop.ended(4);
  }, 240_000);
});
