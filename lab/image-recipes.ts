import { access, copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { downloadPackages } from './debian-packages.ts';

/** How an ordinary image is made from this machine and Debian's packages, where nothing can be pulled. */
export interface Recipe {
  readonly name: 'router' | 'node' | 'plain';
  /** What people on the open internet use instead, with the same commands inside. */
  readonly ordinary: string;
  readonly config: { readonly User?: string; readonly WorkingDir?: string; readonly StopSignal?: string; readonly Cmd: readonly string[] };
  /** Fills an empty folder with the image's files. */
  readonly fill: (root: string, work: string) => Promise<void>;
}

/** HAProxy as its official image has it: the same user, folders, stop signal and command, busybox's `sh` and `nc`, and `flock`. */
export const routerRecipe: Recipe = {
  name: 'router',
  ordinary: 'haproxy:3.0-alpine',
  config: {
    User: 'haproxy',
    WorkingDir: '/var/lib/haproxy',
    StopSignal: 'SIGUSR1',
    Cmd: ['haproxy', '-W', '-db', '-f', '/usr/local/etc/haproxy/haproxy.cfg'],
  },
  fill: async (root, work) => {
    await addBusybox(root, work);
    const packages = await downloadPackages('haproxy', join(work, 'haproxy'));
    await addProgram(root, join(packages, 'usr/sbin/haproxy'), 'usr/local/sbin/haproxy', packages);
    // Alpine's busybox has it and Debian's has not.
    const tools = await downloadPackages('util-linux', join(work, 'util-linux'));
    await addProgram(root, join(tools, 'usr/bin/flock'), 'usr/bin/flock', tools);
    for (const folder of ['usr/local/etc/haproxy', 'var/lib/haproxy']) await mkdir(join(root, folder), { recursive: true, mode: 0o777 });
  },
};

/** This machine's own Node, so that an application is tested on what it was written with. */
export const nodeRecipe: Recipe = {
  name: 'node',
  ordinary: 'node:22-slim',
  config: { Cmd: ['node'] },
  fill: async (root, work) => {
    await addBusybox(root, work);
    await addProgram(root, process.execPath, 'usr/local/bin/node', '');
  },
};

/** A shell, its commands and a small web server, and nothing else. */
export const plainRecipe: Recipe = { name: 'plain', ordinary: 'busybox:stable', config: { Cmd: ['sh'] }, fill: addBusybox };

async function addBusybox(root: string, work: string): Promise<void> {
  const packages = await downloadPackages('busybox-static', join(work, 'busybox'));
  const busybox = join(root, 'bin/busybox');
  await mkdir(dirname(busybox), { recursive: true });
  await copyFile(join(packages, 'bin/busybox'), busybox);
  for (const command of (await runCommand(busybox, ['--list'])).trim().split('\n')) {
    if (command !== 'busybox') await runCommand('ln', ['-sf', 'busybox', join(root, 'bin', command)]);
  }
}

/** Copies a program and the libraries that the loader says it needs; `prefix` is where its packages were unpacked, or '' for this machine. */
async function addProgram(root: string, program: string, target: string, prefix: string): Promise<void> {
  await place(program, join(root, target));
  for (const library of await librariesOf(program, prefix)) {
    const inside = prefix !== '' && library.startsWith(prefix) ? library.slice(prefix.length) : library;
    await place(library, join(root, inside));
  }
}

async function librariesOf(program: string, prefix: string): Promise<string[]> {
  const listed = prefix === '' ? await runCommand('ldd', [program]) : await listWithLoader(program, prefix);
  return listed.split('\n').flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** The loader of the unpacked packages lists what a program of theirs needs, whatever this machine has installed. */
async function listWithLoader(program: string, prefix: string): Promise<string> {
  const folders: string[] = [];
  for (const folder of ['lib', 'usr/lib']) {
    const found = await readdir(join(prefix, folder), { withFileTypes: true });
    folders.push(
      ...found.filter((entry) => entry.isDirectory() && entry.name.endsWith('-linux-gnu')).map(({ name }) => join(prefix, folder, name)),
    );
  }
  const loader = await firstThere(
    folders.flatMap((folder) => ['ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1'].map((name) => join(folder, name))),
  );
  const listed = await runCommand(loader, ['--library-path', folders.join(':'), '--list', program]);
  // The program names its loader by the fixed path of the architecture.
  const fixed = basename(loader).includes('aarch64') ? '/lib/ld-linux-aarch64.so.1' : '/lib64/ld-linux-x86-64.so.2';
  await place(loader, join(prefix, fixed));
  return `${listed}\n${join(prefix, fixed)} (0x0)`;
}

async function firstThere(files: readonly string[]): Promise<string> {
  for (const file of files)
    if (
      await stat(file).then(
        () => true,
        () => false,
      )
    )
      return file;
  throw new LoaderMissing(files);
}

/** Follows links, as libraries are links to their versions. */
async function place(file: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await access(file);
  if (file === target) return;
  await rm(target, { force: true });
  await copyFile(file, target);
}

export class LoaderMissing extends Error {
  override readonly name = 'LoaderMissing';

  constructor(files: readonly string[]) {
    super(`Expected the system's program loader at one of ${files.join(', ')}, and found none: this architecture has no lab images`);
  }
}
