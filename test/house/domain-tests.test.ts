import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const folder = new URL('../domain', import.meta.url).pathname;

it('tests of domain/ take of Jest what mutation testing gives them, and no hook, mock or timer', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(90);
  for (const file of files) {
    const [, names = ''] = /import \{([^}]*)\} from '@jest\/globals'/.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
    const others = names.split(',').map((name) => name.trim());
    expect([file, others.filter((name) => !['describe', 'it', 'expect', ''].includes(name))]).toEqual([file, []]);
  }
});
