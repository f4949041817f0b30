import type { RouterEngine } from '../../activities/hosts/router-engine.ts';
import { CertificateUnfit, RouterFailed } from '../../activities/router/errors.ts';
import type { Secret } from '../../domain/secret.ts';
import { CERTIFICATES, CERTIFICATES_LIST, TALK } from './apply-script.ts';
import { askRouter } from './engine-answers.ts';
import { tarOf } from './router-files.ts';

/** A certificate that an environment's owners gave, or why it cannot be shown to users. */
export interface GivenCertificate {
  readonly environment: string;
  readonly name: string;
  readonly content:
    | { readonly fingerprint: string; readonly pem: Secret; readonly isFor: (host: string) => boolean }
    | { readonly unfit: string };
}

interface Place {
  readonly engine: RouterEngine;
  readonly container: string;
  readonly signal: AbortSignal;
}

const NO_MEMORY = 76;

const CHECK_SCRIPT = `grep -q " ${CERTIFICATES} tmpfs " /proc/mounts || exit ${NO_MEMORY}
printf 'show ssl crt-list ${CERTIFICATES_LIST}\\n' | { ${TALK}
talk; }`;

/**
 * Takes certificates in and gives others back, under a lock, without a reload: each is a new one to HAProxy, as its name holds its
 * fingerprint, and the one that it replaces goes when it is there.
 */
const CHANGE_SCRIPT = `${TALK}
cd ${CERTIFICATES}
exec 9>lock
flock 9
for file in $ADDED; do
  if [ -f "incoming/$file" ]; then mv "incoming/$file" "$file"; fi
  at="${CERTIFICATES}/$file"
  printf 'new ssl cert %s\\n' "$at" | talk
  { printf 'set ssl cert %s <<\\n' "$at"; cat "$file"; printf '\\n\\n'; } | talk
  printf 'commit ssl cert %s\\n' "$at" | talk
  if ! printf 'show ssl crt-list ${CERTIFICATES_LIST}\\n' | talk | grep -qxF "$at"; then
    printf 'add ssl crt-list ${CERTIFICATES_LIST} %s\\n' "$at" | talk
  fi
done
for file in $REMOVED; do
  printf 'del ssl crt-list ${CERTIFICATES_LIST} %s\\n' "${CERTIFICATES}/$file" | talk
  printf 'del ssl cert %s\\n' "${CERTIFICATES}/$file" | talk
  rm -f "$file"
done
rm -rf incoming`;

/**
 * Makes the router show these certificates and no others, without losing a connection. One of `environment` that is unfit is
 * thrown as CertificateUnfit before anything changes; of other environments what the router has of it stays.
 */
export async function showCertificates(place: Place, given: readonly GivenCertificate[], environment: string | undefined): Promise<void> {
  for (const { environment: owner, name, content } of given)
    if (owner === environment && 'unfit' in content) throw new CertificateUnfit(owner, name, content.unfit);
  const wanted = new Map(
    given.flatMap((one) => ('pem' in one.content ? [[fileOf(one, one.content.fingerprint), one.content.pem] as const] : [])),
  );
  const present = await shown(place);
  const added = [...wanted.keys()].filter((file) => !present.includes(file));
  const removed = present.filter(
    (file) => !wanted.has(file) && !given.some((one) => 'unfit' in one.content && file.startsWith(prefixOf(one))),
  );
  if (added.length === 0 && removed.length === 0) return;
  const said = await change(place, added, removed, wanted);
  const after = await shown(place);
  const isDone = added.every((file) => after.includes(file)) && !removed.some((file) => after.includes(file));
  if (!isDone) throw new RouterFailed(place.engine.place.host, 'show its certificates', said.slice(-300).trim() || 'it does not');
}

async function change(
  { engine, container, signal }: Place,
  added: readonly string[],
  removed: readonly string[],
  wanted: ReadonlyMap<string, Secret>,
): Promise<string> {
  const files = added.map((file) => ({ name: `incoming/${file}`, content: wanted.get(file)?.reveal() ?? '' }));
  const environment = { ADDED: added.join(' '), REMOVED: removed.join(' ') };
  return askRouter(engine.place.host, 'take certificates', async () => {
    // As an archive: what is given to a command can be read in an engine's debug log.
    if (files.length > 0) await engine.putFiles(container, CERTIFICATES, await tarOf(files), { signal });
    const { output, errors } = await engine.execute(container, { command: ['sh', '-c', CHANGE_SCRIPT], environment }, { signal });
    return `${output}\n${errors}`;
  });
}

/** The files that HAProxy shows certificates of now. Throws RouterFailed where they would lie on a disk. */
async function shown({ engine, container, signal }: Place): Promise<string[]> {
  const { host } = engine.place;
  const { exitCode, output, errors } = await askRouter(host, 'tell its certificates', () =>
    engine.execute(container, { command: ['sh', '-c', CHECK_SCRIPT] }, { signal }),
  );
  if (exitCode === NO_MEMORY)
    throw new RouterFailed(host, 'keep keys in memory', `/run of the host is not in memory (tmpfs), so that keys would lie on its disk`);
  if (!output.startsWith('#')) throw new RouterFailed(host, 'tell its certificates', output.trim() || errors.trim() || 'no answer');
  const lines = output.split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith(`${CERTIFICATES}/`)).map((line) => line.slice(CERTIFICATES.length + 1));
}

function fileOf(certificate: GivenCertificate, fingerprint: string): string {
  return `${prefixOf(certificate)}${fingerprint}.pem`;
}

/** Names hold no dot. */
function prefixOf({ environment, name }: GivenCertificate): string {
  return `${environment}.${name}.`;
}
