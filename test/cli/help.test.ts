import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { CompiledCli } from '../support/compiled-cli.ts';

/** Every verb with its words, `['release', 'create']` among them. */
function verbs(command: Command, words: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => [[...words, child.name()], ...verbs(child, [...words, child.name()])]);
}

const VERBS = verbs(createProgram('1.2.3', async () => {}));

describe('help', () => {
  let cli: CompiledCli;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
  });
  afterAll(() => cli.remove());

  it('knows every promised verb', () => {
    const promised =
      'up, server, worker, release, release create, release list, promote, approve, reject, cancel, rollback, status, watch, ps';
    const names = VERBS.map((words) => words.join(' '));
    expect(names).toEqual(expect.arrayContaining([...promised.split(', '), 'config', 'config validate', 'config schema', 'doctor']));
  });

  it.each(VERBS.map((words) => [words.join(' '), words] as const))('of %s has an example and the exit codes', async (name, words) => {
    const { exitCode, stdout, stderr } = await cli.run([...words, '--help']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain(`Usage: tidegate ${name}`);
    expect(stdout).toMatch(/Examples?:\n {2}\$ .*tidegate/);
    expect(stdout).toContain('5 still waiting, 6 incomplete, 130 interrupted');
    expect(stdout).not.toContain('--token <');
  });

  it('of every verb that prints a result offers --json', () => {
    const program = createProgram('1.2.3', async () => {});
    const leaves = VERBS.map((words) =>
      words.reduce<Command | undefined>((at, word) => at?.commands.find((c) => c.name() === word), program),
    );
    for (const leaf of leaves.filter((command) => command?.commands.length === 0)) {
      expect([leaf?.name(), leaf?.options.some((option) => option.long === '--json')]).toEqual([leaf?.name(), true]);
    }
  });

  it('prints the version', async () => {
    expect(await cli.run(['--version'])).toMatchObject({ exitCode: 0, stdout: '0.1.0-test\n', stderr: '' });
  });

  it.each([
    [[], 'Usage: tidegate'],
    [['relase'], 'Did you mean release?'],
    [['status', '--jason'], "unknown option '--jason'"],
    [['promote', 'shop#2'], "required option '--to <stage>' not specified"],
    [['rollback', 'shop', '--environment', 'production'], "required option '--reason <text>' not specified"],
    [['rollback', '--environment', 'production', '--reason', 'x', '--to', 'one'], '--to must be a whole number'],
    [['config', 'schema', 'readme'], 'Allowed choices are installation, pipeline'],
  ])('%j is a usage error, told on stderr', async (words, message) => {
    const { exitCode, stdout, stderr } = await cli.run(words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });
});
