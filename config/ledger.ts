import { join, resolve } from 'node:path';
import { z } from 'zod';
import { hostAndPort, httpUrl, splitAddress } from './addresses.ts';
import { gitSource, isLocalSource } from './git-source.ts';
import { filePath, innerPath } from './paths.ts';
import { secret } from './references.ts';
import { duration, exactlyOne, text } from './scalars.ts';
import type { CheckpointTarget, LedgerInstallation } from './settings/ledger.ts';

const POSTGRES_PORT = 5432;

const identifier = (expected: string) =>
  text({
    expected,
    refuse: (value) =>
      /^[\w.@-]{1,63}$/.test(value) ? undefined : { message: `is not ${expected}`, hint: 'letters, digits, _ . @ and -' },
  });

const database = z.strictObject({
  address: hostAndPort().describe('Its host and port'),
  name: identifier('the name of a database').default('tidegate'),
  user: identifier('the name of a user').default('tidegate'),
  password: z.exactOptional(secret()),
  tls: z.enum(['verify', 'off']).default('verify').describe("Whether the server's certificate is checked, or nothing is encrypted"),
  ca: z.exactOptional(filePath().describe('PEM file of the authorities to trust instead of the well-known ones')),
});

const ORIGIN = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/;

const repository = text({
  expected: 'a repository such as 10.0.0.1:5000/tidegate/ledger',
  examples: ['10.0.0.1:5000/tidegate/ledger'],
  refuse: (value) => {
    const [address = '', ...path] = value.split('/');
    const isGood =
      splitAddress(address) !== undefined && path.length > 0 && path.every((step) => /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/.test(step));
    return isGood ? undefined : { message: 'is no repository', hint: 'write the address of the registry and a path, without a tag' };
  },
});

const target = exactlyOne({
  file: z.exactOptional(filePath().describe('A file, best on another machine')),
  image: z.exactOptional(repository.describe('A repository; the artifact has the tag checkpoint')),
  git: z.exactOptional(
    z.strictObject({
      repository: gitSource().describe('A git URL, or a path relative to this file'),
      branch: identifier('the name of a branch').default('checkpoints'),
      file: innerPath().default('checkpoint'),
    }),
  ),
  webhook: z.exactOptional(z.strictObject({ url: httpUrl(), secret: z.exactOptional(secret()) })),
});

/** Where the ledger is, and how it proves itself. */
export const ledger = z.strictObject({
  database: z.exactOptional(database.describe('PostgreSQL; without it, the file ledger.db in the data folder')),
  origin: z.exactOptional(
    text({
      expected: 'a name such as tidegate/shop',
      pattern: ORIGIN,
      refuse: (value) => (ORIGIN.test(value) ? undefined : { message: 'is no origin', hint: 'letters, digits and . _ / -' }),
    }).describe('Names this ledger in its checkpoints; by default tidegate/ and the name of the installation'),
  ),
  key: z.exactOptional(
    filePath().describe('The private key of its checkpoints, made when it is not there; by default ledger.key in the data folder'),
  ),
  checkpoints: z
    .strictObject({
      records: z.number().int().min(1).max(1_000_000).default(256).describe('How many new records call for a checkpoint'),
      interval: duration({ min: 1_000 }).prefault('10m').describe('How long a new record waits for one'),
      publish: z.array(target).max(10).default([]).describe('Where others find the newest one'),
    })
    .prefault({}),
});

export function ledgerOf(
  { database: given, origin, key, checkpoints }: z.output<typeof ledger>,
  { name, data, directory }: { readonly name: string; readonly data: string; readonly directory: string },
): LedgerInstallation {
  const { address, ca, ...rest } = given ?? { address: undefined };
  const { host = '', port = POSTGRES_PORT } = splitAddress(address ?? '') ?? {};
  const postgres = 'user' in rest ? { ...rest, host, port, ...(ca !== undefined && { ca: resolve(directory, ca) }) } : undefined;
  return {
    ...(postgres !== undefined && { database: postgres }),
    origin: origin ?? `tidegate/${name}`,
    key: key === undefined ? join(data, 'ledger.key') : resolve(directory, key),
    checkpoints: {
      records: checkpoints.records,
      intervalMs: checkpoints.interval,
      publish: checkpoints.publish.map((one) => toTarget(one, directory)),
    },
  };
}

function toTarget({ file, image, git, webhook }: z.output<typeof target>, directory: string): CheckpointTarget {
  if (file !== undefined) return { kind: 'file', path: resolve(directory, file) };
  if (image !== undefined) return { kind: 'image', repository: image };
  if (git !== undefined)
    return { kind: 'git', ...git, repository: isLocalSource(git.repository) ? resolve(directory, git.repository) : git.repository };
  return { kind: 'webhook', url: webhook?.url ?? '', ...(webhook?.secret !== undefined && { secret: webhook.secret }) };
}
