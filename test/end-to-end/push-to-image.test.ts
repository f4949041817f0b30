import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { connectEngine } from '../../adapters/docker/connect.ts';
import { parseEndpoint } from '../../adapters/docker/endpoint.ts';
import { createImageLabels } from '../../adapters/registry/image-labels.ts';
import { contentOf } from '../../adapters/registry/image-source.ts';
import { parseRepository } from '../../adapters/registry/reference.ts';
import { connectRegistries } from '../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../adapters/registry/settings.ts';
import { makeHistory } from '../../demo/git-history.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { nodeImage } from '../../lab/images.ts';
import { until } from '../support/temporal.ts';
import { type LabApplication, TidegateLab } from '../support/tidegate-lab.ts';

const SHOP = { owner: 'acme', repo: 'shop' };
const ANA = { id: 7, login: 'ana' };

/** Of a build. No other text of the installation holds it. */
const SECRET = 'npm_1f09c7aa5be84d1c77e0';

let base: { readonly name: string; readonly digest: string };

/** Three components, one built with a secret and one for two platforms. A second commit's pipeline would rather have rules of its own, and a third one's build prints the secret and fails. */
const KIOSK: LabApplication = {
  name: 'kiosk',
  hosts: ['production-1'],
  pushes: 'main',
  environment: { KIOSK_NPMRC: SECRET },
  buildSecrets: { npmrc: '${env:KIOSK_NPMRC}' },
  create: async (directory, source) => {
    const { reference, digest } = await nodeImage(source);
    base = { name: `${reference}:lab`, digest };
    const components = {
      web: { repository: 'kiosk/web', build: { context: 'web' } },
      tools: { repository: 'kiosk/tools', build: { context: 'tools', secrets: ['npmrc'] } },
      pages: { repository: 'kiosk/pages', build: { context: 'pages', platforms: ['linux/amd64', 'linux/arm64'] } },
    };
    const stages = [
      { name: 'build', kind: 'build' },
      { name: 'production', kind: 'deploy', environment: 'production' },
    ];
    const pipeline = { version: 1, application: 'kiosk', components, stages };
    const withSecret = (script: string) => `FROM ${reference}:lab\nRUN --mount=type=secret,id=npmrc ${script}\n`;
    const files = {
      'web/Dockerfile': `FROM ${reference}:lab\nCOPY . /app\n`,
      'web/.dockerignore': '*.log',
      'web/index.js': 'process.exit(0)',
      'web/debug.log': 'no',
      'pages/Dockerfile': 'FROM scratch\nCOPY index.html /\n',
      'pages/index.html': '<p>kiosk</p>',
      'tools/Dockerfile': withSecret('cat /run/secrets/npmrc; sha256sum < /run/secrets/npmrc > /sum'),
    };
    const printing = withSecret('for form in cat base64; do echo "$form: $($form /run/secrets/npmrc)"; done; exit 3');
    const commits = [
      { 'pipeline.yaml': JSON.stringify(pipeline) },
      { 'pipeline.yaml': JSON.stringify({ ...pipeline, environments: [{ name: 'production', protection: {} }] }) },
      { 'pipeline.yaml': JSON.stringify(pipeline), 'tools/Dockerfile': printing },
    ].map((changes, index) => ({
      message: `version ${index + 1}`,
      at: `2026-01-0${index + 1}T09:00:00Z`,
      tree: new Map(Object.entries({ ...files, ...changes }).map(([name, content]) => [name, Buffer.from(content)])),
    }));
    const [good = '', greedy = '', printer = ''] = await makeHistory(directory, commits);
    return { good, greedy, printer };
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

/** A release once its build has ended; there is none before the push is taken on. */
async function built(release: number): Promise<ReleaseStatus> {
  const out = await until(
    async () => (await lab.run('dev', 'status', `kiosk#${release}`, '--json')).out,
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
  const status = await built(1);
  const [build] = status.stages;
  const bases = { web: [base], tools: [base] };
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
  const pages = build?.state.kind === 'passed' ? build.state.images.pages : undefined;
  const index = pages && (await open(parseRepository(pages.repository)).getManifest(pages.digest, { signal: AbortSignal.timeout(10_000) }));
  expect(index && contentOf(index)).toMatchObject({
    manifests: [{ platform: { architecture: 'amd64' } }, { platform: { architecture: 'arm64' } }],
  });
  const archive = `/acme/shop/legacy.tar.gz/${good}`;
  expect(lab.github.archives.requests().map(({ path }) => path)).toEqual(Array.from({ length: 4 }, () => archive));
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

it('what a build is given in secret is in no history, log, plan, label, layer, record and status, also where it fails as it prints it', async () => {
  const { good = '', printer = '' } = lab.commits;
  await lab.github.push(SHOP, { ref: 'heads/main', sha: printer, by: ANA });
  const failed = await built(2);
  expect(failed.stages[0]?.state).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/cat: \[redacted\].*base64: \[redacted\]/s),
  });
  const planned = await until(
    async () => (await lab.run('dev', 'status', 'kiosk#1', '--json')).out,
    (text) => /"kind": ?"waiting"/.test(text),
  );
  await until(
    async () => lab.github.statuses('acme', 'shop', printer),
    (told) => told.some(({ state }) => state === 'failure'),
  );
  const shown = {
    histories: await histories(),
    log: lab.said(Number.POSITIVE_INFINITY),
    plan: planned,
    dossiers: JSON.stringify(failed),
    image: await toldOfImages(),
    ledger: (await lab.run('dev', 'audit', 'log', '--json')).out,
    github: JSON.stringify(lab.github.requests()),
  };
  const seen = Object.entries(shown).map(([where, text]) => [
    where,
    /kiosk|tidegate\/build/.test(text),
    FORMS.filter((form) => text.includes(form)),
  ]);
  expect(seen).toEqual(Object.keys(shown).map((where) => [where, true, []]));
  expect(await filesWith(good)).toEqual(
    expect.arrayContaining([expect.stringContaining('ledger.db'), expect.stringContaining('temporal')]),
  );
  expect(await filesWith(...FORMS)).toEqual([]);
}, 180_000);

/** As it is, and in base64 wherever it begins within something longer. */
const FORMS = [
  SECRET,
  ...[0, 1, 2].map((before) =>
    Buffer.from('x'.repeat(before) + SECRET)
      .toString('base64')
      .slice(before === 0 ? 0 : before + 1, -4),
  ),
];

/** Every event of every workflow, with what it carries as it is. */
async function histories(): Promise<string> {
  const connection = await Connection.connect({ address: lab.temporalAddress });
  const { workflow } = new Client({ connection });
  const texts: string[] = [];
  for await (const { workflowId, runId } of workflow.list()) texts.push(textIn(await workflow.getHandle(workflowId, runId).fetchHistory()));
  await connection.close();
  return texts.join('\n');
}

function textIn(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return typeof value === 'object' && value !== null ? Object.values(value).map(textIn).join(' ') : String(value);
}

/** What the engine tells of the images that it has built, and what was done for each of their layers. */
async function toldOfImages(): Promise<string> {
  const docker = connectEngine(parseEndpoint(lab.engines['production-1']?.docker ?? ''));
  const images = await docker.listImages();
  const told = images.map(async ({ Id }) => [await docker.getImage(Id).inspect(), await docker.getImage(Id).history()]);
  return JSON.stringify(await Promise.all(told));
}

/** Of the whole installation: its data, Temporal's, the engine's with layers and log, and the registry's. */
async function filesWith(...texts: readonly string[]): Promise<readonly string[]> {
  const found = promisify(execFile)('grep', ['-rlsaF', '--devices=skip', ...texts.flatMap((text) => ['-e', text]), lab.directory]);
  // It fails where it finds nothing, and where files go meanwhile.
  const { stdout } = await found.catch((error: { readonly stdout: string }) => error);
  return stdout.split('\n').filter((line) => line !== '');
}
