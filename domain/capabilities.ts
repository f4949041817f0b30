/** What a component's processes keep of root's powers, by the names of capabilities(7) without CAP_. */
export interface Capabilities {
  readonly add: readonly string[];
  /** `ALL` leaves those of `add` alone. */
  readonly drop: readonly string[];
}

/**
 * What a container has unless its component says otherwise: enough for programs that begin as root, prepare their folders and step
 * down to a user of their own. Of Docker's own set NET_RAW (forged packets to neighbours), MKNOD, AUDIT_WRITE, SETFCAP, SETPCAP and
 * SYS_CHROOT are missing.
 */
const DEFAULT = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'] as const;

/** What reaches no further than the container's own namespaces: a pipeline may ask for it by itself. */
const HARMLESS: readonly string[] = [
  ...DEFAULT,
  'AUDIT_WRITE',
  'IPC_LOCK',
  'IPC_OWNER',
  'LEASE',
  'MKNOD',
  'NET_ADMIN',
  'NET_BROADCAST',
  'NET_RAW',
  'SETFCAP',
  'SETPCAP',
  'SYS_CHROOT',
  'SYS_NICE',
];

/** With these a process can get at its host: an environment's owners must allow them. */
const POWERFUL: readonly string[] = [
  'AUDIT_CONTROL',
  'AUDIT_READ',
  'BLOCK_SUSPEND',
  'BPF',
  'CHECKPOINT_RESTORE',
  'DAC_READ_SEARCH',
  'LINUX_IMMUTABLE',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'PERFMON',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_MODULE',
  'SYS_PACCT',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'SYSLOG',
  'WAKE_ALARM',
];

export const CAPABILITIES: readonly string[] = [...HARMLESS, ...POWERFUL].sort();

/** Whether a capability can reach beyond the container, so that a pipeline cannot ask for it by itself. */
export function isPowerful(capability: string): boolean {
  return !HARMLESS.includes(capability);
}

/** All capabilities that a container gets, in order. */
export function effectiveCapabilities(wanted: Capabilities = { add: [], drop: [] }): readonly string[] {
  const kept = wanted.drop.includes('ALL') ? [] : DEFAULT.filter((capability) => !wanted.drop.includes(capability));
  return [...new Set([...kept, ...wanted.add])].sort();
}
