import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Report } from '../../bench/report.ts';
import { recordedProcesses } from '../../lab/process-records.ts';
import { findRegistryTool } from '../../lab/registry-tools.ts';
import { CompiledCli } from '../support/compiled-cli.ts';

let compiled: CompiledCli;

beforeAll(async () => {
  compiled = await CompiledCli.compile(['lab', 'bench']);
});

afterAll(() => compiled.remove());

function start(args: readonly string[], directory = tmpdir()) {
  const env = { ...process.env, TMPDIR: directory };
  return spawn(process.execPath, [join(compiled.folder, 'bench/main.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
}

async function bench(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = start(args);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

describe('the measurement of registries', () => {
  let report: Report & { readonly facts: Facts };

  beforeAll(async () => {
    const { code, stdout, stderr } = await bench('registry', '--quick', '--only', 'index', '--json');
    if (code !== 0) throw new Error(stderr);
    report = JSON.parse(stdout);
  });

  it('has both routes, cold and repeated, as a command and in a running worker', () => {
    const cases = new Set(report.rows.map((row) => row.case));
    for (const route of ['within one registry', 'across registries'])
      for (const state of ['cold', 'repeated'])
        for (const measure of ['wall time', 'processor time', 'peak memory', 'requests', 'bytes', 'bytes of blobs'])
          for (const form of ['as a command', 'in a running worker'])
            expect(cases).toContain(`2 platforms with referrers, ${route}, ${state}: ${measure}, ${form}`);
    expect(report.rows).toHaveLength(2 * 2 * 6 * 2);
  });

  it('moves no byte of a blob within one registry, and none anywhere when it is repeated', () => {
    const moved = report.rows.filter((row) => row.case.includes('bytes of blobs') && /within one registry|repeated/.test(row.case));
    expect(moved.map(({ ours }) => ours)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('says of every peer its version, or how to get it, and who loses referrers, and who passes on what it did not check', async () => {
    const { peers, missing, losesReferrers, passesOnUnchecked } = report.facts;
    for (const name of ['crane', 'regctl', 'oras', 'skopeo'] as const) {
      const isThere = (await findRegistryTool(name, process.env)) !== undefined;
      expect(isThere ? peers[name] : missing[name]).toMatch(isThere ? /^\d+\.\d+\.\d+$/ : /install/);
    }
    expect(passesOnUnchecked).toEqual(['oras'].filter((name) => peers[name] !== undefined));
    expect(losesReferrers).toEqual(['crane', 'skopeo'].filter((name) => peers[name] !== undefined));
    for (const row of report.rows) expect(Object.keys(row.peers)).toEqual(Object.keys(peers));
  });
});

interface Facts {
  readonly peers: Readonly<Record<string, string>>;
  readonly missing: Readonly<Record<string, string>>;
  readonly losesReferrers: readonly string[];
  readonly passesOnUnchecked: readonly string[];
}

describe('a bench', () => {
  it.each([[[]], [['nothing']], [['registry', '--fast']], [['registry', 'twice']], [['registry', '--rounds', '0']]])(
    'called with %j says how it is called',
    async (args) => {
      const { code, stdout, stderr } = await bench(...args);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain('Usage: npm run bench -- NAME');
    },
  );

  it('that is interrupted leaves no file behind, and no registry in its place', async () => {
    const directory = join(compiled.folder, 'interrupted');
    await mkdir(directory);
    const child = start(['registry', '--quick'], directory);
    for await (const line of child.stderr) if (String(line).includes('Copying')) break;
    const [folder = ''] = await readdir(directory);
    const registries = await Promise.all(['source', 'target'].map((name) => recordedProcesses(join(directory, folder, name))));
    expect(registries).toEqual([['registry'], ['registry']]);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('of a part that there is not names those that there are', async () => {
    const { code, stderr } = await bench('registry', '--only', 'tiny');
    expect(code).toBe(1);
    expect(stderr).toContain('small, index, large, huge');
  });
});
