import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { TERMINAL_FAILURES, TERMINAL_FOR_THE_WAY_BACK } from '../../domain/terminal-failures.ts';

const root = new URL('../..', import.meta.url).pathname;

function errorClasses(): Set<string> {
  const files = ['activities', 'adapters', 'config', 'domain'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((file) => join(root, room, file)),
  );
  const sources = files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'));
  return new Set(sources.flatMap((source) => [...source.matchAll(/export class (\w+) extends \w*Error/g)].map((match) => match[1] ?? '')));
}

it.each([...TERMINAL_FAILURES, ...TERMINAL_FOR_THE_WAY_BACK])(
  'the terminal failure %s is the name of an error class that activities can throw',
  (name) => {
    expect([...errorClasses()]).toContain(name);
  },
);

it('no failure of a host, a registry or a network that may pass is called terminal', () => {
  const passing = [
    'EngineUnreachable',
    'EngineFault',
    'RegistryUnavailable',
    'RegistryBusy',
    'ContentTruncated',
    'UploadLost',
    'ReferrersContended',
    'RouterFailed',
    'SourceUnavailable',
    'GitHubUnavailable',
    'LedgerUnavailable',
  ];
  for (const name of passing) {
    expect([...errorClasses()]).toContain(name);
    expect(TERMINAL_FAILURES).not.toContain(name);
  }
});

it('what a registry’s failures say of themselves is how they are treated', () => {
  const folder = join(root, 'activities/registry');
  const files = readdirSync(folder).filter((file) => file.endsWith('errors.ts'));
  const source = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const documented = [...source.matchAll(/\/\*\*([^/]*?)\*\/\nexport class (\w+) extends Error/g)];
  expect(documented.length).toBeGreaterThan(15);
  for (const [, words = '', name = ''] of documented) {
    const says = /\bterminal\b/i.test(words) ? 'terminal' : /\bretryable\b/i.test(words) ? 'retryable' : 'nothing';
    expect([name, says]).toEqual([name, TERMINAL_FAILURES.includes(name) ? 'terminal' : 'retryable']);
  }
});
