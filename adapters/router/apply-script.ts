import { CONFIGURATION, DIRECTORY, PORTS, ROUTES_MAP, VARIABLES } from './configuration.ts';

export const REVISION_MOVED = 75;

/** Where the router has its certificates, in the memory of its host: they survive a restart of container and engine, and no reboot. */
export const CERTIFICATES = '/run/tidegate';
export const CERTIFICATES_LIST = `${CERTIFICATES}/list`;
export const COMMANDS = 'commands';

/** Sends each line of standard input to HAProxy and prints its answers. Debian's image has neither socat nor nc, and bash speaks TCP. */
export const TALK = `talk() {
  if command -v nc >/dev/null; then nc 127.0.0.1 9999
  elif command -v socat >/dev/null; then socat -t 10 - TCP:127.0.0.1:9999
  else bash -c 'exec 3<>/dev/tcp/127.0.0.1/9999; cat >&3; cat <&3'; fi
}`;

const TELL = `${TALK}
tell() { while read -r line; do printf '%s\\n' "$line" | talk || exit 1; done; }`;

/** Prints the answers to the commands in its first argument. */
export const TELL_SCRIPT = `${TELL}\nprintf '%s\\n' "$1" | tell`;

/** The files come in so many environment variables, as one string may have 128 kB. */
export const PARCELS = ['P0', 'P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'] as const;

/**
 * Compare-and-set of the router's files, run inside its container: under a lock that every writer takes, the files of the
 * parcels (a tar, gzipped, in base 64) replace the present ones when those have revision $1, and then HAProxy is told the
 * commands that lead there. Each file is on the disk before it takes its name, so that a power cut leaves the old or the new one.
 */
export const APPLY_SCRIPT = `set -e
cd ${DIRECTORY}
exec 9>lock
flock 9
${TELL}
read -r _ _ seen < ${CONFIGURATION}
if [ "$seen" != "$1" ]; then exit ${REVISION_MOVED}; fi
rm -rf staged
mkdir -m 700 staged
printf %s "${PARCELS.map((name) => `$${name}`).join('')}" | base64 -d | tar -xzf - -C staged
for file in ${ROUTES_MAP} ${CONFIGURATION}; do
  dd if="staged/$file" of="$file.new" conv=fsync 2>/dev/null
  chmod 600 "$file.new"
  mv "$file.new" "$file"
done
tell < staged/${COMMANDS}`;

/** What the container runs: the files that it was installed with become the present ones, unless an earlier container left newer. */
export const START_SCRIPT = `set -e
if [ -n "$${VARIABLES.certificates}" ]; then
  cd "$${VARIABLES.certificates}"
  chmod 700 .
  for file in *.pem; do if [ -f "$file" ]; then printf '%s\\n' "$PWD/$file"; fi; done > list
fi
cd ${DIRECTORY}
if [ ! -s ${CONFIGURATION} ]; then cp /seed/${ROUTES_MAP} ${ROUTES_MAP}; cp /seed/${CONFIGURATION} seeded; mv seeded ${CONFIGURATION}; fi
if [ -s /seed/${PORTS} ]; then exec haproxy -W -db -f ${CONFIGURATION} -f /seed/${PORTS}; fi
exec haproxy -W -db -f ${CONFIGURATION}`;
