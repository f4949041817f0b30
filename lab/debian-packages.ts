import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { types } from 'node:util';
import { isInstalled, runCommand } from './command.ts';

/** Programs need the libraries among their package's dependencies, not what its installation scripts need, nor a compiler of 100 MB. */
const LIBRARY = /^(?:lib(?!perl|llvm|z3).*(?<!-perl)|zlib1g)$/;
const ONLY_NEEDED = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);

/**
 * Downloads a Debian package and the libraries it needs, unpacks them into `folder`/root and returns that path; installs
 * nothing on this machine. Throws PackagesUnavailable.
 */
export async function downloadPackages(name: string, folder: string): Promise<string> {
  for (const tool of ['apt-get', 'dpkg-deb']) if (!(await isInstalled(tool))) throw new PackagesUnavailable(name, `${tool} is missing`);
  await mkdir(join(folder, 'root'), { recursive: true });
  const names = await closure(name);
  await download(names, folder).catch(async (cause: unknown) => {
    // Package lists grow stale: the version they name is no longer served.
    await runCommand('apt-get', ['update', '-q'], { timeout: 120_000 }).catch(() => {
      throw new PackagesUnavailable(name, types.isNativeError(cause) ? cause.message : String(cause), { cause });
    });
    await download(await closure(name), folder);
  });
  const archives = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
  for (const archive of archives) await runCommand('dpkg-deb', ['-x', join(folder, archive), join(folder, 'root')]);
  return join(folder, 'root');
}

async function closure(name: string): Promise<string[]> {
  const listed = await runCommand('apt-cache', ['depends', '--recurse', ...ONLY_NEEDED, name]);
  const names = listed.split('\n').filter((line) => /^[a-z0-9]/.test(line));
  return [name, ...new Set(names.filter((dependency) => LIBRARY.test(dependency)))];
}

async function download(names: readonly string[], folder: string): Promise<void> {
  await runCommand('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', ...names], { cwd: folder, timeout: 180_000 });
}

export class PackagesUnavailable extends Error {
  override readonly name = 'PackagesUnavailable';

  constructor(name: string, seen: string, options?: ErrorOptions) {
    super(
      `Expected to download Debian's package ${name}: ${seen}. Check the network and run 'apt-get update', or use a Docker engine that can pull images`,
      options,
    );
  }
}
