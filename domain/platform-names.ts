/** Other names of architectures, with the variant that some of them mean (containerd, `normalizeArch`). */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  i386: '386',
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm/v7',
  armel: 'arm/v6',
};
/** What stands alone and is none of these is an architecture. */
const SYSTEMS = ['linux', 'windows', 'darwin', 'freebsd'];

const PART = /^[\w.-]+$/;

/**
 * A platform under its usual name: `amd64`, `linux/x86_64` and `Linux/amd64` are linux/amd64, as containerd's `Parse` reads them; `linux` alone is of the host's
 * architecture. Undefined for what names none.
 */
export function readPlatform(text: string, host?: string): string | undefined {
  const [first = '', second, variant, ...more] = text.toLowerCase().split('/');
  if (more.length > 0 || ![first, second, variant].every((part) => part === undefined || PART.test(part))) return undefined;
  if (second !== undefined) return `${first}/${usual(second, variant)}`;
  return SYSTEMS.includes(first) ? ofHost(first, host) : `linux/${usual(first)}`;
}

/** A name that means a variant means no other. */
function usual(architecture: string, variant?: string): string {
  const name = ARCHITECTURES[architecture] ?? architecture;
  return variant === undefined || name.includes('/') ? name : `${name}/${variant}`;
}

function ofHost(system: string, host: string | undefined): string | undefined {
  const architecture = host?.split('/')[1];
  return architecture && `${system}/${architecture}`;
}
