import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompiledCli, type Ended } from '../support/compiled-cli.ts';
import { PASSED, shopStatus } from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

/** What a command loaded: files of ours by their path, packages by their name, and Node's own modules. */
interface Loaded extends Ended {
  readonly files: readonly string[];
  readonly packages: readonly string[];
  readonly builtins: readonly string[];
}

const COUNT_BUILTINS = fileURLToPath(new URL('../support/loaded.cjs', import.meta.url));
/** What `fetch` needs: a tenth of a second. */
const FETCH = 'NativeModule internal/deps/undici/undici';
const TABLES = ['cli-table3', 'string-width', 'strip-ansi', 'ansi-regex', 'is-fullwidth-code-point', 'emoji-regex'];

// Figures are for `npm run bench -- cli`; what they come from is held here, where a busy machine changes nothing.
describe('a command that people wait for', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
    desk = await openDesk(cli);
    const status = shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: PASSED });
    desk.api.register.put(status.release);
    desk.api.engine.put(status);
  });
  afterAll(async () => {
    await desk.close();
    await cli.remove();
  });

  /** V8's coverage names every file that was run, whichever way it was loaded. */
  async function load(...words: string[]): Promise<Loaded> {
    const folder = await mkdtemp(join(cli.folder, 'loaded-'));
    const coverage = join(folder, 'coverage');
    await mkdir(coverage);
    const builtins = join(folder, 'builtins.json');
    const environment = { NODE_V8_COVERAGE: coverage, NODE_OPTIONS: `--require=${COUNT_BUILTINS}`, LOADED_FILE: builtins };
    const ended = await desk.run(words, { environment });
    const scripts = (await Promise.all((await readdir(coverage)).map((file) => scriptsOf(join(coverage, file))))).flat();
    return {
      ...ended,
      files: scripts.flatMap((url) => url.split(`${cli.folder}/`)[1] ?? []).sort(),
      packages: [...new Set(scripts.flatMap(packageOf))].sort(),
      builtins: JSON.parse(await readFile(builtins, 'utf8')) as string[],
    };
  }

  it.each([['--help'], ['--version'], ['release create --help']])(
    'loads the words and commander for %s, and nothing else',
    async (words) => {
      const { exitCode, files, packages, builtins } = await load(...words.split(' '));
      expect(exitCode).toBe(0);
      expect(files).toContain('cli/main.js');
      expect(
        files.filter(
          (file) => !/^cli\/(program\/|rendering\/(plain|styles)\.js|[^/]+\.js$)|^domain\/(secret|skippable-gate)\.js$/.test(file),
        ),
      ).toEqual([]);
      expect(packages).toEqual(['commander']);
      expect(builtins).not.toContain(FETCH);
    },
  );

  it('loads the client and what prints tables for status, and no part of server, worker or configuration', async () => {
    const { exitCode, stdout, files, packages, builtins } = await load('status');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('shop#1  promoted');
    expect(files).toContain('cli/client/api-client.js');
    expect(files.filter((file) => !/^(cli\/(program|client|rendering|verbs)\/|cli\/[^/]+\.js$|domain\/)/.test(file))).toEqual([]);
    expect(files.filter((file) => file.startsWith('cli/verbs/'))).toEqual(['cli/verbs/status.js']);
    expect(packages).toEqual(['commander', 'env-paths', 'is-safe-filename', ...TABLES].sort());
    expect(builtins).toContain('NativeModule http');
    expect(builtins).not.toContain(FETCH);
    expect(builtins).not.toContain('NativeModule https');
  });
});

async function scriptsOf(file: string): Promise<string[]> {
  const { result } = JSON.parse(await readFile(file, 'utf8')) as { result: { url: string }[] };
  return result.map(({ url }) => url);
}

function packageOf(url: string): string[] {
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  return name === undefined ? [] : [name];
}
