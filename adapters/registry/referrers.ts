import { TooManyReferrers } from '../../activities/registry/content-errors.ts';
import { AnswerMalformed } from '../../activities/registry/errors.ts';
import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, ManifestMalformed, readDescriptor } from '../../domain/oci-manifest.ts';
import { type Question, type RegistryConnection, textOf } from './connection.ts';
import type { Bounded } from './contents.ts';
import { codesOf } from './judgement.ts';
import { pagesFrom } from './paging.ts';
import { printRepository, type Repository } from './reference.ts';
import { pull } from './scopes.ts';

/** More than anybody attaches to one digest; whoever can push could otherwise keep every reader busy. */
const MOST_REFERRERS = 5_000;

export interface ReferrersQuestion extends Bounded {
  readonly connection: RegistryConnection;
  readonly repository: Repository;
  readonly subject: Digest;
  readonly artifactType?: string;
}

export type ReferrersAnswer =
  | { readonly kind: 'listed'; readonly referrers: readonly Descriptor[] }
  /** The registry has no such API. Not its own word is a page for people, which a proxy may have sent. */
  | { readonly kind: 'unsupported'; readonly isOwnWord: boolean }
  /** There is no such repository, and nothing more can be told. */
  | { readonly kind: 'no-repository' };

/** A subject's referrers by the API (distribution-spec, "Listing Referrers"). Throws the registry's errors. */
export async function askForReferrers({
  connection,
  repository,
  subject,
  artifactType,
  signal,
}: ReferrersQuestion): Promise<ReferrersAnswer> {
  const image = `${printRepository(repository)}@${subject}`;
  const filter = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const at = `/v2/${repository.path}/referrers/${subject}${filter}`;
  const question: Question = { method: 'GET', at, scopes: [pull(repository)], image, hopes: [200, 404, 405, 501], signal };
  const first = await connection.ask(question);
  if (first.status !== 200) {
    const codes = codesOf(await connection.refusalText(first));
    if (codes.includes('NAME_UNKNOWN')) return { kind: 'no-repository' };
    return { kind: 'unsupported', isOwnWord: !/html/i.test(textOf(first.headers['content-type']) ?? '') };
  }
  const referrers: Descriptor[] = [];
  for await (const { manifests } of pagesFrom(connection, question, first)) {
    referrers.push(...readReferrers(connection, image, manifests));
    requireFew(connection, image, referrers.length);
  }
  // Whether the registry filtered or not (OCI-Filters-Applied): what does not match was not asked for.
  return { kind: 'listed', referrers: ofType(referrers, artifactType) };
}

export function ofType(referrers: readonly Descriptor[], artifactType: string | undefined): readonly Descriptor[] {
  return artifactType === undefined ? referrers : referrers.filter((referrer) => referrer.artifactType === artifactType);
}

/** The descriptors of an index of referrers, of which nothing is believed yet. Throws AnswerMalformed. */
export function readReferrers(connection: RegistryConnection, image: string, manifests: unknown): readonly Descriptor[] {
  if (manifests === undefined || manifests === null) return [];
  const place = connection.place(image);
  if (!Array.isArray(manifests)) throw new AnswerMalformed({ ...place, seen: 'its referrers are no list' });
  try {
    return manifests.map((entry, index) => readDescriptor(entry, `manifests[${index}]`));
  } catch (cause) {
    if (!(cause instanceof ManifestMalformed)) throw cause;
    throw new AnswerMalformed({ ...place, seen: `among its referrers ${cause.reason}` }, { cause });
  }
}

/** Throws TooManyReferrers. */
export function requireFew(connection: RegistryConnection, image: string, count: number): void {
  if (count <= MOST_REFERRERS) return;
  throw new TooManyReferrers({ ...connection.place(image), seen: `it lists ${count} at least` }, MOST_REFERRERS);
}
