import { describe, expect, it } from '@jest/globals';
import { sha256 } from '../../config/hash.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { containerForm, DEFAULT_PIDS, wholeSeconds } from '../../domain/container.ts';
import { settingChanges, settingsInWords } from '../../domain/container-words.ts';
import type { RunSpec } from '../../domain/pipeline.ts';
import { RUN } from './arbitraries.ts';

const words = (more: Partial<RunSpec>) => settingsInWords({ ...RUN, ...more }, sha256);
const COMMAND = { command: ['curl', '-f', 'a b'], intervalMs: 5_000, timeoutMs: 1_000, startPeriodMs: 0, failures: 3 };
const tmpfs = { tmpfs: { sizeBytes: 2 ** 20, mode: 0o700 }, path: '/scratch' };

describe('a container in words', () => {
  it('says nothing of what is as it always is', () => {
    expect(words({})).toEqual({ 'stop grace': '0s' });
    const usual = { init: true, noNewPrivileges: true, readOnlyRoot: false, pids: DEFAULT_PIDS, user: '' };
    expect(words({ ...usual, logging: { driver: 'local', options: {} } })).toEqual({ 'stop grace': '0s' });
  });

  it.each<[Partial<RunSpec>, Record<string, string>]>([
    [{ command: ['serve', '--port=80', 'a b'] }, { command: 'serve --port=80 "a b"' }],
    [{ entrypoint: ['/bin/sh', '-c'] }, { entrypoint: '/bin/sh -c' }],
    [
      { user: 'app', workingDirectory: '/app', hostname: 'web' },
      { user: 'app', 'working directory': '/app', 'host name': 'web' },
    ],
    [
      { stopSignal: 'SIGINT', stopGraceMs: 1_500 },
      { 'stop signal': 'SIGINT', 'stop grace': '2s' },
    ],
    [
      { init: false, noNewPrivileges: false, readOnlyRoot: true },
      { init: 'off', 'no new privileges': 'off', 'read-only root': 'on' },
    ],
    [{ ulimits: { nofile: { soft: 1, hard: 2 }, core: { soft: 0, hard: 0 } } }, { 'ulimit nofile': '1 to 2', 'ulimit core': '0' }],
    [{ capabilities: { add: ['NET_RAW', 'KILL'], drop: ['ALL'] } }, { capabilities: 'KILL NET_RAW' }],
    [{ capabilities: { add: [], drop: ['ALL'] } }, { capabilities: 'none' }],
    [
      { pids: 9, cpus: 0.5, memoryBytes: 2 ** 20 },
      { pids: '9', cpus: '0.5', memory: '1MiB' },
    ],
    [
      { swapBytes: 2 ** 21, memoryReservationBytes: 2 ** 10, shmBytes: 2 ** 30 },
      { swap: '2MiB', 'memory reservation': '1KiB', 'shared memory': '1GiB' },
    ],
    [{ logging: { driver: 'none', options: {} } }, { logging: 'none' }],
    [{ logging: { driver: 'local', options: { 'max-size': '1m', tag: 'x' } } }, { logging: 'local max-size=1m tag=x' }],
    [
      { extraHosts: { api: '10.0.0.1' }, labels: { team: 'a', empty: '' } },
      { 'extra host api': '10.0.0.1', 'label team': 'a', 'label empty': 'empty' },
    ],
    [
      { aliases: ['z', 'a'], networks: ['shared', 'monitoring'] },
      { aliases: 'a z', networks: 'monitoring shared' },
    ],
    [
      { volumes: [{ name: 'data', path: '/data' }, { bind: '/srv', path: '/srv', readOnly: true }, tmpfs] },
      { 'mount /data': 'volume data', 'mount /srv': 'folder /srv, read-only', 'mount /scratch': 'tmpfs of 1MiB, mode 700' },
    ],
    [{ health: { kind: 'command', deadlineMs: 1, ...COMMAND } }, { 'health check': 'curl -f "a b" every 5s within 1s, 3 failures' }],
    [
      { health: { kind: 'command', deadlineMs: 1, ...COMMAND, startPeriodMs: 2_000 } },
      { 'health check': 'curl -f "a b" every 5s within 1s, 3 failures after 2s' },
    ],
    [{ publish: { port: 80, tcp: 443 } }, { publication: 'tcp port 443 to port 80' }],
    [
      { publish: { port: 80, tcp: { staging: 1, production: 2 } } },
      { publication: 'tcp port 2 in production, port 1 in staging to port 80' },
    ],
    [
      { publish: { port: 80, host: 'shop.example', path: '/a', identityPath: '/id' } },
      { publication: 'shop.example/a to port 80, identity at /id' },
    ],
  ])('says what is otherwise: %j', (more, expected) => {
    expect(words(more)).toEqual({ 'stop grace': '0s', ...expected });
  });

  it('tells variables and secrets by a fingerprint of how they are configured', () => {
    const secret = { name: 'key', value: '${env:KEY}', uid: 0, gid: 0, mode: 0o400 };
    const said = words({ environment: { TOKEN: '${env:TOKEN}' }, secrets: [secret] });
    expect(said['environment TOKEN']).toMatch(/^[0-9a-f]{12}$/);
    expect(said['secret key']).toMatch(/^[0-9a-f]{12}$/);
    expect(JSON.stringify(said)).not.toContain('${env');
    const others = [{ value: '${env:K}' }, { uid: 1 }, { gid: 1 }, { mode: 0o440 }].map((more) =>
      words({ secrets: [{ ...secret, ...more }] }),
    );
    expect(new Set([said, ...others].map((one) => one['secret key'])).size).toBe(5);
  });

  it('cuts long texts, and still tells them apart', () => {
    const [fits, long, longer] = [120, 121, 122].map((length) => words({ user: 'x'.repeat(length) }).user);
    expect(fits).toBe('x'.repeat(120));
    expect(long).toMatch(/^x{120}… \([0-9a-f]{12}\)$/);
    expect(longer).not.toBe(long);
  });

  it('takes its fingerprint from the digest alone, whatever that is called', () => {
    const named = (hash: string) => settingsInWords({ ...RUN, environment: { A: 'a' } }, () => hash)['environment A'];
    expect(named('sha256:0123456789abcdef')).toBe('0123456789ab');
    expect(named('0123456789abcdef')).toBe('0123456789ab');
    expect(named('-x:0123456789abcdef')).toBe('-x:012345678');
  });
});

describe('the settings that differ', () => {
  it('are told in the order of their names, and hidden ones without their fingerprints', () => {
    const from = { user: 'a', 'environment A': '1', 'environment B': '1', 'secret s': '1', memory: '1MiB' };
    const to = { user: 'b', 'environment A': '2', 'secret t': '1', memory: '1MiB', cpus: '2' };
    expect(settingChanges(from, to)).toStrictEqual([
      { what: 'cpus', to: '2' },
      { what: 'environment A' },
      { what: 'environment B', from: 'set' },
      { what: 'secret s', from: 'set' },
      { what: 'secret t', to: 'set' },
      { what: 'user', from: 'a', to: 'b' },
    ]);
  });
});

describe('the form of a container', () => {
  it('has every default filled in', () => {
    expect(containerForm(RUN)).toStrictEqual({
      user: '',
      workingDirectory: '',
      hostname: '',
      init: true,
      readOnlyRoot: false,
      noNewPrivileges: true,
      pids: 4_096,
      ulimits: {},
      extraHosts: {},
      labels: {},
      logging: { driver: 'local', options: {} },
      environment: {},
      aliases: [],
      networks: [],
      capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'],
      volumes: [],
      stopGraceSeconds: 0,
    });
  });

  it('is the same however names are listed, and mounts are written', () => {
    const form = containerForm({ ...RUN, aliases: ['b', 'a'], networks: ['z', 'y'], volumes: [{ name: 'd', path: '/d' }, tmpfs] });
    expect(form).toMatchObject({ aliases: ['a', 'b'], networks: ['y', 'z'] });
    expect(form.volumes).toStrictEqual([{ name: 'd', path: '/d', readOnly: false }, tmpfs]);
  });

  it('has the engine’s own health check where a command asks', () => {
    const form = containerForm({ ...RUN, health: { kind: 'command', deadlineMs: 1, ...COMMAND } });
    expect(form.health).toStrictEqual(COMMAND);
    expect(containerForm({ ...RUN, health: { kind: 'container', deadlineMs: 1 } })).not.toHaveProperty('health');
  });

  it('gives nobody less time than they asked for', () => {
    expect([0, 1, 1_000, 1_001].map(wholeSeconds)).toEqual([0, 1, 1, 2]);
  });
});

describe('what has no canonical form', () => {
  it.each<[unknown, string]>([
    [Number.NaN, 'NaN has no canonical form'],
    [Number.POSITIVE_INFINITY, 'Infinity has no canonical form'],
    [new Date(0), 'A Date has no canonical form'],
    [undefined, 'A value of type undefined has no canonical form'],
    [() => 1, 'A value of type function has no canonical form'],
    [1n, 'A value of type bigint has no canonical form'],
    [{ a: [new Map()] }, 'A Map has no canonical form'],
  ])('is refused by its kind, and never by what it holds: %p', (value, message) => {
    expect(() => canonicalJson(value)).toThrow(new TypeError(message));
  });
});
