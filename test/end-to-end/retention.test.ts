import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { openLedger } from '../../adapters/ledger/open-ledger.ts';
import { recordsOf } from '../../domain/retention-records.ts';
import { until } from '../../lab/until.ts';
import { HOUSEKEEPING_SCHEDULE } from '../../temporal/housekeeping-schedule.ts';
import { SMALL_INSTALLATION } from '../config/documents.ts';
import { CompiledCli, type Running } from '../support/compiled-cli.ts';
import { type LabRepository, RetentionLab } from '../support/retention-lab.ts';

let cli: CompiledCli;
let lab: RetentionLab;
let repository: LabRepository;
let folder: string;
let up: Running;
let temporal: string;

const environment =
  process.env.TIDEGATE_TEMPORAL_CLI === undefined ? { HOME: process.env.HOME ?? '' } : { TEMPORAL_CLI: process.env.TIDEGATE_TEMPORAL_CLI };

/** The product as a user starts it, with a registry, a schedule and one rule. */
beforeAll(async () => {
  [cli, lab] = await Promise.all([CompiledCli.compile(), RetentionLab.start()]);
  execFileSync(process.execPath, [join(cli.folder, 'worker/bundle.js')], { stdio: 'ignore' });
  repository = lab.repository();
  folder = join(cli.folder, 'desk');
  await mkdir(folder);
  const address = lab.registry.address;
  const retention = {
    schedule: '0 3 * * *',
    repositories: [{ match: `${address}/library-*/web`, keep: { days: 30, tags: ['stable'] } }],
    hold: [`${repository.name}:audit`],
  };
  const installation = SMALL_INSTALLATION.replaceAll('10.0.0.1:5000', address).replace(
    `address: '${address}'`,
    `address: '${address}', plainHttp: true`,
  );
  await writeFile(join(folder, 'tidegate.yaml'), `${installation}retention: ${JSON.stringify(retention)}\n`);
  up = cli.start(['up', '--port', '0', '--json'], { cwd: folder, environment });
  const text = await until('everything to be up', 60_000, async () => up.printed().endsWith('}\n') && up.printed());
  temporal = (JSON.parse(text) as { temporal: { address: string } }).temporal.address;
}, 120_000);
afterAll(async () => {
  up?.process.kill('SIGTERM');
  await up?.ended;
  await Promise.all([cli?.remove(), lab?.stop()]);
});

const retention = (...words: string[]) => cli.run(['registry', 'retention', ...words], { cwd: folder, environment });

it('looks, deletes what it showed, records it, and is kept up by a schedule', async () => {
  const [stable, old] = [await repository.image('stable', 90, { tag: 'stable' }), await repository.image('old', 90, { tag: 'old' })];
  const signature = await repository.pusher.referrer(old, 'application/vnd.example.signature', 'signed');
  const held = await repository.image('held', 90, { tag: 'audit' });
  const young = await repository.image('young', 3, { tag: 'young' });

  const looked = await retention();
  expect(looked).toMatchObject({ exitCode: 0, stderr: '' });
  expect(looked.stdout).toContain(`${repository.name}  3 to delete, 3 kept`);
  expect(looked.stdout).toMatch(/ {2}old +delete +made /);
  expect((await repository.manifests()).size).toBe(6);

  const applied = await retention(repository.name, '--apply', '--yes', '--json');
  expect(applied.exitCode).toBe(0);
  expect(JSON.parse(applied.stdout)).toMatchObject({ state: 'done', repositories: [{ counts: { deleted: 3, kept: 3, stays: 0 } }] });
  expect(await repository.manifests()).toEqual(new Set([stable, held, young].map(({ digest }) => digest)));
  expect(await repository.broken()).toEqual([]);

  const ledger = await openLedger({ file: join(folder, '.tidegate', 'ledger.db') });
  const records = await ledger.entriesUnder(recordsOf(repository.name));
  ledger.close();
  expect(records.map(({ action, actor }) => [action, actor])).toEqual([
    ...[1, 2, 3].map(() => ['image-deletion', 'local']),
    ['retention-ended', 'local'],
  ]);
  expect(records.map(({ image }) => image)).toContain(`${repository.name}@${signature.digest}`);

  const connection = await Connection.connect({ address: temporal });
  const schedule = new Client({ connection }).schedule.getHandle(HOUSEKEEPING_SCHEDULE);
  expect((await schedule.describe()).spec.calendars).toMatchObject([{ hour: [{ start: 3 }] }]);
  await schedule.trigger();
  const action = await until('the schedule to act', 60_000, async () => (await schedule.describe()).info.recentActions[0]);
  const { workflowId } = action.action.workflow;
  const result: unknown = await new Client({ connection }).workflow.getHandle(workflowId).result();
  expect(result).toEqual([{ duty: 'retention', outcome: 'done', detail: 'done: 0 deleted in 1 repository' }]);
  await connection.close();
}, 120_000);
