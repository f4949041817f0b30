import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';

const manual = readFileSync('docs/cli.md', 'utf8');

describe('docs/cli.md', () => {
  it('names every verb', () => {
    const program = createProgram('1.2.3', async () => {});
    const names = program.commands.flatMap((verb) =>
      verb.commands.length === 0 ? [verb.name()] : verb.commands.map((sub) => `${verb.name()} ${sub.name()}`),
    );
    for (const name of names) expect(manual).toContain(`\`${name}`);
  });

  it('names every exit code', () => {
    for (const code of Object.values(EXIT)) expect(manual).toContain(`| ${code} |`);
  });
});
