import { OCI } from '../../lab/made-image.ts';
import type { Subject } from './subjects.ts';

/** What of a subject is at the target after a copy. */
export interface Arrived {
  /** The tag names the very digest. */
  readonly image: boolean;
  /** All that refer to it, its platforms and its referrers, listed as registries without the referrers API have it. */
  readonly referrers: boolean;
}

/** Looks at a target, `HOST:PORT/PATH`, without trusting the one who copied. */
export async function inspectTarget(target: string, subject: Subject): Promise<Arrived> {
  const base = `http://${target.replace('/', '/v2/')}`;
  const head = await ask(`${base}/manifests/${subject.tag}`, 'HEAD');
  const lists = await Promise.all([...subject.referrers].map(([digest, wanted]) => holdsAll(base, digest, wanted)));
  return { image: head.headers.get('docker-content-digest') === subject.digest, referrers: lists.every((whole) => whole) };
}

async function holdsAll(base: string, subject: string, wanted: readonly string[]): Promise<boolean> {
  const answer = await ask(`${base}/manifests/${subject.replace(':', '-')}`, 'GET');
  const text = await answer.text();
  if (!answer.ok || !wanted.every((digest) => text.includes(digest))) return false;
  const there = await Promise.all(wanted.map(async (digest) => (await ask(`${base}/manifests/${digest}`, 'HEAD')).ok));
  return there.every((found) => found);
}

function ask(url: string, method: string): Promise<Response> {
  return fetch(url, { method, headers: { accept: Object.values(OCI).join(', ') }, signal: AbortSignal.timeout(10_000) });
}
