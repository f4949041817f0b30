import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createImageLabels } from '../../adapters/registry/image-labels.ts';
import { connectRegistries } from '../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../adapters/registry/settings.ts';
import { makeHistory } from '../../demo/git-history.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { nodeImage } from '../../lab/images.ts';
import { until } from '../support/temporal.ts';
import { type LabApplication, TidegateLab } from '../support/tidegate-lab.ts';

const SHOP = { owner: 'acme', repo: 'shop' };
const ANA = { id: 7, login: 'ana' };

let base: { readonly name: string; readonly digest: string };

/** One component that is built, and a second commit whose pipeline would rather have rules of its own. */
const KIOSK: LabApplication = {
  name: 'kiosk',
  hosts: ['production-1'],
  pushes: 'main',
  create: async (directory, source) => {
    const { reference, digest } = await nodeImage(source);
    base = { name: `${reference}:lab`, digest };
    const pipeline = { version: 1, application: 'kiosk', components: { web: { repository: 'kiosk/web', build: { context: 'web' } } } };
    const stages = [{ name: 'build', kind: 'build' }];
    const files = {
      'web/Dockerfile': `FROM ${reference}:lab\nCOPY . /app\n`,
      'web/.dockerignore': '*.log',
      'web/index.js': 'process.exit(0)',
      'web/debug.log': 'no',
    };
    const commits = [
      { ...pipeline, stages },
      { ...pipeline, stages, environments: [{ name: 'production', protection: {} }] },
    ].map((text, index) => ({
      message: `version ${index + 1}`,
      at: `2026-01-0${index + 1}T09:00:00Z`,
      tree: new Map(
        Object.entries({ ...files, 'pipeline.yaml': JSON.stringify(text) }).map(([name, content]) => [name, Buffer.from(content)]),
      ),
    }));
    const [good = '', greedy = ''] = await makeHistory(directory, commits);
    return { good, greedy };
  },
};

let lab: TidegateLab;

beforeAll(async () => {
  lab = await TidegateLab.start(KIOSK);
  await Promise.all([lab.startProcess('server'), lab.startProcess('worker')]);
}, 240_000);
afterAll(async () => {
  await lab?.stop();
}, 120_000);

/** The first release once its build has ended; there is none before the push is taken on. */
async function built(): Promise<ReleaseStatus> {
  const out = await until(
    async () => (await lab.run('dev', 'status', 'kiosk#1', '--json')).out,
    (text) => /"kind": ?"(passed|failed)"/.test(text),
    120_000,
  );
  return JSON.parse(out) as ReleaseStatus;
}

async function deliveries(state: string): Promise<string> {
  return (await lab.run('dev', 'webhooks', 'list', '--state', state, '--json')).out;
}

it('a push becomes an image: through GitHub, without git, with labels that say what it is and what it was made from', async () => {
  const { good = '' } = lab.commits;
  await lab.github.push(SHOP, { ref: 'heads/main', sha: good, by: ANA });
  const status = await built();
  const [build] = status.stages;
  const bases = { web: [base] };
  expect(build?.state).toMatchObject({ kind: 'passed', bases });
  const image = build?.state.kind === 'passed' ? build.state.images.web : undefined;
  if (image === undefined) throw new Error('There is no image');
  const { open } = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([lab.registry]) });
  expect(await createImageLabels(open).labels(image, { signal: AbortSignal.timeout(10_000) })).toMatchObject({
    'org.opencontainers.image.revision': good,
    'org.opencontainers.image.source': `${lab.github.url}/acme/shop`,
    'org.opencontainers.image.title': 'kiosk/web',
    'org.opencontainers.image.base.name': base.name,
    'org.opencontainers.image.base.digest': base.digest,
  });
  expect(lab.github.archives.requests().map(({ path }) => path)).toEqual([`/acme/shop/legacy.tar.gz/${good}`]);
  expect(JSON.stringify(lab.github.archives.requests())).not.toMatch(/authorization/i);
  expect(existsSync(join(lab.directory, '.tidegate', 'sources'))).toBe(false);
  expect((await lab.run('dev', 'status', 'kiosk#1')).out).toContain(`from ${base.name}@${base.digest.slice(0, 19)}`);
  expect((await lab.run('dev', 'audit', 'log')).out).toContain(`web from ${base.name}@${base.digest}`);
}, 180_000);

it('a pipeline that would have its environment’s rules is refused at that very commit, read through GitHub', async () => {
  const { greedy = '' } = lab.commits;
  await lab.github.push(SHOP, { ref: 'heads/main', sha: greedy, by: ANA });
  const parked = await until(
    () => deliveries('parked'),
    (text) => text.includes('environments'),
  );
  expect(parked).toMatch(/unknown key/);
  expect((await lab.run('dev', 'status', 'kiosk#2', '--json')).code).not.toBe(0);
}, 60_000);
