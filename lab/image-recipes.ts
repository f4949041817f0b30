import { access, copyFile, cp, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { downloadPackages } from './debian-packages.ts';

/** How an ordinary image is made from this machine and Debian's packages, where nothing can be pulled. */
export interface Recipe {
  readonly name: 'router' | 'node' | 'plain' | 'database';
  /** What people on the open internet use instead, with the same commands inside. */
  readonly ordinary: string;
  readonly config: {
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly StopSignal?: string;
    readonly Entrypoint?: readonly string[];
    readonly Cmd: readonly string[];
  };
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

const POSTGRES = 'usr/lib/postgresql/15';

/** Of what the official image's does, the part that makes a database at the first start. */
const DATABASE_ENTRYPOINT = `#!/bin/sh
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --no-locale
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
fi
exec "$@"
`;

/** PostgreSQL with `initdb` and `psql`, without the compiler that it can use; user, folders and entry point as in the official image. */
export const databaseRecipe: Recipe = {
  name: 'database',
  ordinary: 'postgres:15-alpine',
  config: { User: 'postgres', StopSignal: 'SIGINT', Entrypoint: ['docker-entrypoint.sh'], Cmd: ['postgres'] },
  fill: async (root, work) => {
    await addBusybox(root, work);
    const server = await downloadPackages('postgresql-15', join(work, 'postgresql'));
    for (const program of ['postgres', 'initdb']) await addPostgres(root, program, server);
    await copyFolder(join(server, POSTGRES, 'lib'), join(root, POSTGRES, 'lib'), (name) => name.endsWith('.so') && !name.includes('llvm'));
    await copyFolder(join(server, 'usr/share/postgresql'), join(root, 'usr/share/postgresql'));
    const client = await downloadPackages('postgresql-client-15', join(work, 'postgresql-client'));
    for (const program of ['psql', 'pg_isready', 'pg_dump']) await addPostgres(root, program, client);
    await writeFile(join(root, 'usr/local/bin/docker-entrypoint.sh'), DATABASE_ENTRYPOINT, { mode: 0o755 });
    for (const folder of ['var/lib/postgresql', 'var/run/postgresql'])
      await runCommand('install', ['-d', '-m', '1777', join(root, folder)]);
  },
};

/** They find their files by where they lie, and people call them by name. */
async function addPostgres(root: string, program: string, packages: string): Promise<void> {
  const path = join(POSTGRES, 'bin', program);
  await addProgram(root, join(packages, path), path, packages);
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await symlink(`/${path}`, join(root, 'usr/local/bin', program));
}

/** All of a folder, or the files whose name is wanted. */
async function copyFolder(from: string, to: string, isWanted: (name: string) => boolean = () => true): Promise<void> {
  const filter = async (file: string) => (await stat(file)).isDirectory() || isWanted(basename(file));
  await cp(from, to, { recursive: true, filter });
}

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
