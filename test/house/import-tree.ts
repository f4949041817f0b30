import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const REPOSITORY = new URL('../..', import.meta.url).pathname;
const PROGRAM = join(REPOSITORY, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

export interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: string;
}

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
  };
}

/** What the checked-in rules find in some folders of a tree. Fails when nothing was read. */
export async function violationsIn(directory: string, folders: readonly string[]): Promise<Violation[]> {
  const config = join(REPOSITORY, '.dependency-cruiser.cjs');
  const args = [PROGRAM, '--config', config, '--output-type', 'json', ...folders];
  // The report is printed and the exit code is that of success, however many violations there are.
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: directory, maxBuffer: 256 * 1024 * 1024 });
  const { summary } = JSON.parse(stdout) as Report;
  if (summary.totalCruised < folders.length) throw new Error(`Only ${summary.totalCruised} modules were read in ${directory}`);
  return summary.violations.map(({ from, to, rule }) => ({ from, to, rule: rule.name }));
}

/** The folders of this repository that hold TypeScript. */
export async function roomsOfRepository(): Promise<{ readonly directory: string; readonly rooms: readonly string[] }> {
  const { include } = JSON.parse(await readFile(join(REPOSITORY, 'tsconfig.json'), 'utf8')) as { readonly include: readonly string[] };
  return { directory: REPOSITORY, rooms: include.filter((room) => existsSync(join(REPOSITORY, room))) };
}

/** A tree of its own with these files, and packages that hold one empty module each; `remove` takes it away. */
export async function importTree(
  files: Readonly<Record<string, string>>,
  packages: readonly string[],
): Promise<{ readonly directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-imports-'));
  const manifest = {
    type: 'module',
    dependencies: Object.fromEntries(packages.map((name) => [name, '1.0.0'])),
    devDependencies: { jest: '1.0.0' },
  };
  const modules = [...packages, 'jest'].flatMap((name): [string, string][] => [
    // As some packages are, for `import` alone.
    [`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: { '.': { import: './index.js' } } })],
    [`node_modules/${name}/index.js`, 'export const nothing = 0;\n'],
  ]);
  const settings = { compilerOptions: { module: 'nodenext', verbatimModuleSyntax: true, allowImportingTsExtensions: true, noEmit: true } };
  const own: [string, string][] = [
    ['package.json', JSON.stringify(manifest)],
    ['tsconfig.json', JSON.stringify(settings)],
  ];
  for (const [path, text] of [...own, ...modules, ...Object.entries(files)]) await write(join(directory, path), text);
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
