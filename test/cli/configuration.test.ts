import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SMALL_INSTALLATION, SMALL_PIPELINE } from '../config/documents.ts';
import { CompiledCli } from '../support/compiled-cli.ts';

describe('configuration from the terminal', () => {
  let cli: CompiledCli;
  const write = (name: string, content: string) => writeFile(join(cli.folder, name), content);
  beforeAll(async () => {
    cli = await CompiledCli.compile();
    await write('tidegate.yaml', SMALL_INSTALLATION);
    await write('pipeline.yaml', SMALL_PIPELINE);
    await write('wrong.yaml', SMALL_INSTALLATION.replace('environments:', 'enviroments:'));
    await write('cycle.yaml', SMALL_PIPELINE.replace('kind: deploy', 'needs: [production], kind: deploy'));
  });
  afterAll(() => cli.remove());

  it('finds the installation file by itself', async () => {
    const { exitCode, stdout } = await cli.run(['config', 'validate']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('tidegate.yaml: a valid installation file');
  });

  it('checks a pipeline against the installation', async () => {
    const { exitCode, stdout } = await cli.run(['config', 'validate', 'pipeline.yaml']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('pipeline.yaml: a valid pipeline file\n');
  });

  it('shows faults with file, line and column, and ends with 2', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['config', 'validate', 'tidegate.yaml', 'wrong.yaml', 'cycle.yaml']);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('tidegate.yaml: a valid installation file');
    expect(stderr).toMatch(/^wrong\.yaml:\d+:\d+ .*enviroments/m);
    expect(stderr).toMatch(/^cycle\.yaml:\d+:\d+ /m);
    expect(stderr).not.toMatch(/\bat .*\.js:\d/);
  });

  it('prints faults as one JSON document', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['config', 'validate', 'wrong.yaml', '--json']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      files: [{ file: 'wrong.yaml', problems: [{ line: expect.any(Number) }, {}] }],
    });
  });

  it('shows a key of a trust policy that cannot be read as a fault of a file that is used all the same', async () => {
    const trust = 'trust: { keys: [{ name: ci, file: gone.pub }], policies: [{ name: signed, signatures: { keys: [ci] } }] }\n';
    await write('gone.yaml', `${SMALL_INSTALLATION}${trust}`);
    const { exitCode, stdout, stderr } = await cli.run(['config', 'validate', 'gone.yaml']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^gone\.yaml:\d+:\d+ trust\.keys\[0\]\.file: .*gone\.pub cannot be read: ENOENT/m);
    const doctor = await cli.run(['doctor', '--json', '--config', 'gone.yaml']);
    const fault = { name: 'trust.keys[0].file', state: 'fail', detail: expect.stringContaining('gone.pub cannot be read') };
    expect(JSON.parse(doctor.stdout).checks).toEqual(expect.arrayContaining([expect.objectContaining(fault)]));
    expect((await cli.run(['config', 'validate', 'pipeline.yaml', '--config', 'gone.yaml'])).exitCode).toBe(0);
  });

  it('says when there is no such file', async () => {
    const { exitCode, stderr } = await cli.run(['config', 'validate', 'none.yaml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('none.yaml');
  });

  it.each(['installation', 'pipeline'])('prints the JSON Schema of the %s file', async (file) => {
    const { exitCode, stdout } = await cli.run(['config', 'schema', file]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', additionalProperties: false });
  });

  it('starts nothing on a file with faults', async () => {
    for (const verb of ['up', 'server', 'worker']) {
      const { exitCode, stderr } = await cli.run([verb, '--config', 'wrong.yaml']);
      expect([verb, exitCode]).toEqual([verb, 2]);
      expect(stderr).toMatch(/wrong\.yaml:\d+:\d+/);
    }
  });
});
