import { z } from 'zod';
import { CAPABILITIES } from '../domain/capabilities.ts';
import { isHost } from './addresses.ts';
import { hostNetwork } from './host-network.ts';
import { logging } from './logging-schema.ts';
import { containerFolder } from './paths.ts';
import { customIssue, distinct, memory, name, size, text } from './scalars.ts';
import { suggest } from './suggest.ts';

const word = z.string({ error: 'expected text' }).check((context) => {
  if (context.value.includes('\0')) context.issues.push(customIssue(context.value, { message: 'holds a NUL' }));
});

/** A program and its arguments. */
export const command = () =>
  z.array(word, { error: 'expected a list of words, as in [node, web.js]' }).min(1).describe('Program and arguments, without a shell');

const USER = /^([a-z_][a-z0-9_.-]{0,31}|\d{1,10})(:([a-z_][a-z0-9_.-]{0,31}|\d{1,10}))?$/i;

const user = text({
  expected: 'a user',
  examples: ['1000:1000', 'node'],
  pattern: USER,
  refuse: (value) =>
    USER.test(value)
      ? undefined
      : { message: 'is no user', hint: "write a name or a number, with or without a group: 'node', '1000:1000'" },
});

const hostname = text({
  expected: 'a host name',
  refuse: (value) =>
    value.length <= 63 && isHost(value) && !/^[\d.]+$/.test(value)
      ? undefined
      : { message: 'is no host name', hint: 'lower case letters, digits, hyphens and dots, at most 63 characters' },
});

const SIGNALS = [
  ...['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGPWR', 'SIGKILL'],
  ...['SIGRTMIN+3', 'SIGRTMIN+4', 'SIGRTMIN+5'],
] as const;

const capability = text({
  expected: 'a capability',
  examples: ['NET_BIND_SERVICE'],
  refuse: (value) => {
    if (CAPABILITIES.includes(value)) return undefined;
    const near = suggest(value.replace(/^CAP_/i, '').toUpperCase(), CAPABILITIES);
    return {
      message: 'is no capability',
      hint: near === undefined ? 'names are those of capabilities(7) without CAP_' : `did you mean ${near}?`,
    };
  },
});

const capabilities = z
  .strictObject({
    drop: distinct(z.union([z.literal('ALL'), capability], { error: 'expected a capability or ALL' })).default([]),
    add: distinct(capability).default([]),
  })
  .check((context) => {
    const { add, drop } = context.value;
    add.forEach((one, index) => {
      if (!drop.includes(one)) return;
      context.issues.push(customIssue(one, { message: `${one} is both added and dropped`, hint: 'keep one of them' }, ['add', index]));
    });
  });

const LIMITS = [
  ...['core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice'],
  ...['nofile', 'nproc', 'rss', 'rtprio', 'rttime', 'sigpending', 'stack'],
] as const;

const limit = z.number({ error: 'expected a whole number, or -1 for no limit' }).int().min(-1).max(Number.MAX_SAFE_INTEGER);

const ulimit = z
  .union([limit, z.strictObject({ soft: limit, hard: limit })], { error: 'expected a whole number or { soft, hard }' })
  .transform((value) => (typeof value === 'number' ? { soft: value, hard: value } : value))
  .check((context) => {
    const { soft, hard } = context.value;
    if (hard === -1 || (soft !== -1 && soft <= hard)) return;
    context.issues.push(
      customIssue(context.value, { message: `its soft limit ${soft} is above its hard limit ${hard}`, hint: 'lower soft or raise hard' }),
    );
  });

const address = text({
  expected: 'an IP address or host-gateway',
  examples: ['10.0.0.5', 'host-gateway'],
  refuse: (value) => {
    const isAddress =
      value === 'host-gateway' || /^\d+(\.\d+){3}$/.test(value) ? value === 'host-gateway' || isHost(value) : isHost(`[${value}]`);
    return isAddress
      ? undefined
      : { message: 'is no IP address', hint: "names are not looked up here: write an address, or host-gateway for the container's host" };
  },
});

const OWN_LABELS = 'io.tidegate.';
const LABEL_BYTES = 4_096;

const labelName = z.string().check((context) => {
  const { value } = context;
  if (value.startsWith(OWN_LABELS))
    context.issues.push(
      customIssue(value, { message: `labels that begin with ${OWN_LABELS} are Tidegate's own`, hint: 'choose another name' }),
    );
  else if (!/^[A-Za-z0-9](?:[\w./-]{0,127})$/.test(value))
    context.issues.push(customIssue(value, { message: 'is no name of a label', hint: 'letters, digits, . _ / and -, at most 128' }));
});

const labelValue = z.string({ error: 'expected text' }).max(LABEL_BYTES);

/** A signal that a process can heed: SIGKILL ends it at once. */
export const heededSignal = () => z.enum(SIGNALS.filter((signal) => signal !== 'SIGKILL'));

/** The keys of a component that map plainly onto its container. */
export const containerShape = {
  entrypoint: z.exactOptional(command().describe("Instead of the image's; the image's own command goes with it")),
  command: z.exactOptional(command()),
  user: z.exactOptional(user.describe("Whom its processes run as; by default the image's")),
  workingDirectory: z.exactOptional(containerFolder()),
  hostname: z.exactOptional(hostname),
  stopSignal: z.exactOptional(z.enum(SIGNALS).describe("What asks it to end; by default the image's, else SIGTERM")),
  init: z.exactOptional(z.boolean().describe('Whether a small process 1 reaps orphans and passes signals on; by default true')),
  readOnlyRoot: z.exactOptional(z.boolean().describe('Whether only volumes can be written; by default false')),
  noNewPrivileges: z.exactOptional(z.boolean().describe('Whether setuid programs stay without effect; by default true')),
  capabilities: z.exactOptional(capabilities),
  pids: z.exactOptional(z.number().int().min(1).max(4_194_304).describe('Processes and threads at most; by default 4096')),
  ulimits: z.exactOptional(z.partialRecord(z.enum(LIMITS), ulimit)),
  memory: z.exactOptional(memory()),
  swap: z.exactOptional(size({ min: 0 }).describe('Beyond memory; 0B for none')),
  memoryReservation: z.exactOptional(memory()),
  shm: z.exactOptional(size({ min: 4_096 }).describe('Size of /dev/shm; by default 64MiB')),
  cpus: z.exactOptional(z.number().min(0.01).max(1_024)),
  extraHosts: z.exactOptional(z.record(hostname, address).describe('Host names that the container knows by itself')),
  labels: z.exactOptional(z.record(labelName, labelValue)),
  logging: z.exactOptional(logging),
  aliases: z.exactOptional(distinct(name()).describe("Further names in the application's network")),
  networks: z.exactOptional(
    distinct(hostNetwork()).describe("Networks of the host: those that its environment's owners list in networks of tidegate.yaml"),
  ),
};

interface Memory {
  readonly memory?: number;
  readonly swap?: number;
  readonly memoryReservation?: number;
}

/** What sizes of memory mean together: each needs the one above it. */
export function memoryIssues(value: Memory) {
  const { memory: limit, swap, memoryReservation } = value;
  const issues = [];
  if (swap !== undefined && limit === undefined)
    issues.push(customIssue(value, { message: 'swap without memory limits nothing', hint: 'add memory' }, ['swap']));
  if (memoryReservation !== undefined && limit !== undefined && memoryReservation > limit)
    issues.push(customIssue(value, { message: 'is more than memory', hint: 'lower it, or raise memory' }, ['memoryReservation']));
  return issues;
}
