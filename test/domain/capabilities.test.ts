import { describe, expect, it } from '@jest/globals';
import { excesses } from '../../domain/allowances.ts';
import { CAPABILITIES, effectiveCapabilities, isPowerful } from '../../domain/capabilities.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);
const USUAL = words('CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETGID SETUID');
/** By capabilities(7): nothing beyond the container's own namespaces. */
const CONFINED = words('AUDIT_WRITE IPC_LOCK IPC_OWNER LEASE MKNOD NET_ADMIN NET_BROADCAST NET_RAW SETFCAP SETPCAP SYS_CHROOT SYS_NICE');
const HOST_WIDE = words(`
  AUDIT_CONTROL AUDIT_READ BLOCK_SUSPEND BPF CHECKPOINT_RESTORE DAC_READ_SEARCH LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE PERFMON SYS_ADMIN
  SYS_BOOT SYS_MODULE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM
`);

describe('a container’s powers', () => {
  it('are those that a program needs to prepare its folders and step down, and no others', () => {
    expect(effectiveCapabilities()).toEqual(USUAL);
  });

  it('are fewer by what is dropped and more by what is added, each once and in order', () => {
    expect(effectiveCapabilities({ add: ['SYS_NICE', 'AUDIT_WRITE', 'KILL'], drop: ['CHOWN', 'SETUID'] })).toEqual(
      words('AUDIT_WRITE DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETGID SYS_NICE'),
    );
    expect(effectiveCapabilities({ add: ['NET_RAW', 'KILL'], drop: ['ALL'] })).toEqual(['KILL', 'NET_RAW']);
  });

  it('reach the host where they are not of the container alone', () => {
    expect([...USUAL, ...CONFINED].filter(isPowerful)).toEqual([]);
    expect(HOST_WIDE.filter(isPowerful)).toEqual(HOST_WIDE);
    expect(isPowerful('A_CAPABILITY_OF_A_LATER_KERNEL')).toBe(true);
  });

  it('are known by name', () => {
    expect(CAPABILITIES).toEqual([...USUAL, ...CONFINED, ...HOST_WIDE].sort());
  });
});

describe('what a component asks for beyond what its environment allows', () => {
  const nothing = { binds: [], capabilities: [], networks: [] };
  const run = {
    volumes: [
      { name: 'data', path: '/data' },
      { bind: '/srv', path: '/srv' },
      { bind: '/srv/shop', path: '/shop' },
    ],
    capabilities: { add: ['KILL', 'SYS_ADMIN', 'SYS_TIME'], drop: [] },
    networks: ['monitoring', 'shared'],
  };

  it('is each folder, power and network that reaches the host, and where it is written', () => {
    expect(excesses(run, nothing)).toEqual([
      { path: ['volumes', 1, 'bind'], what: '/srv', key: 'binds' },
      { path: ['volumes', 2, 'bind'], what: '/srv/shop', key: 'binds' },
      { path: ['capabilities', 'add', 1], what: 'SYS_ADMIN', key: 'capabilities' },
      { path: ['capabilities', 'add', 2], what: 'SYS_TIME', key: 'capabilities' },
      { path: ['networks', 0], what: 'monitoring', key: 'networks' },
      { path: ['networks', 1], what: 'shared', key: 'networks' },
    ]);
  });

  it('is not what is allowed by exactly its name: a folder below an allowed one is another', () => {
    const left = excesses(run, { binds: ['/srv'], capabilities: ['SYS_TIME'], networks: ['shared'] });
    expect(left.map(({ what }) => what)).toEqual(['/srv/shop', 'SYS_ADMIN', 'monitoring']);
  });

  it('is nothing where it asks for nothing', () => {
    expect(excesses({ volumes: [{ tmpfs: { sizeBytes: 1, mode: 0o700 }, path: '/tmp' }] }, nothing)).toEqual([]);
  });
});
