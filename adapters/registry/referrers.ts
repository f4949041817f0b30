import { AnswerMalformed, TooManyReferrers } from '../../activities/registry/errors.ts';
import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, descriptor, ManifestMalformed } from '../../domain/oci-manifest.ts';
import { drop } from './bodies.ts';
import type { Question, RegistryConnection } from './connection.ts';
import type { Bounded } from './contents.ts';
import { pagesFrom } from './paging.ts';
import { printRepository, type Repository } from './reference.ts';
import { pull } from './scopes.ts';

/** More than anybody attaches to one digest; whoever can push could otherwise keep every reader busy. */
export const MOST_REFERRERS = 5_000;

/** A subject's referrers by the API (distribution-spec, "Listing Referrers"); undefined when the registry has no such API. */
export async function referrersByApi(
  connection: RegistryConnection,
  repository: Repository,
  subject: Digest,
  { signal, artifactType }: Bounded & { readonly artifactType?: string },
): Promise<readonly Descriptor[] | undefined> {
  const image = `${printRepository(repository)}@${subject}`;
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const at = `/v2/${repository.path}/referrers/${subject}${query}`;
  const question: Question = { method: 'GET', at, scopes: [pull(repository)], image, hopes: [200, 404, 405, 501], signal };
  const first = await connection.ask(question);
  if (first.status !== 200) {
    await drop(first);
    return undefined;
  }
  const found: Descriptor[] = [];
  for await (const { content } of pagesFrom(connection, question, first)) {
    found.push(...readReferrers(connection, image, content));
    if (found.length > MOST_REFERRERS) throw tooMany(connection, image, found.length);
  }
  // Whether the registry filtered or not (OCI-Filters-Applied): what does not match was not asked for.
  return ofType(found, artifactType);
}

export function ofType(referrers: readonly Descriptor[], artifactType: string | undefined): readonly Descriptor[] {
  return artifactType === undefined ? referrers : referrers.filter((referrer) => referrer.artifactType === artifactType);
}

/** The descriptors of an index of referrers, which nobody has checked. Throws AnswerMalformed. */
export function readReferrers(connection: RegistryConnection, image: string, content: Readonly<Record<string, unknown>>): Descriptor[] {
  const manifests = content.manifests ?? [];
  const place = connection.place(image);
  if (!Array.isArray(manifests)) throw new AnswerMalformed({ ...place, seen: 'its referrers are no list' });
  try {
    return manifests.map((entry, index) => descriptor(entry, `manifests[${index}]`));
  } catch (error) {
    if (error instanceof ManifestMalformed)
      throw new AnswerMalformed({ ...place, seen: `among its referrers ${error.reason}` }, { cause: error });
    throw error;
  }
}

export function tooMany(connection: RegistryConnection, image: string, seen: number): TooManyReferrers {
  return new TooManyReferrers({ ...connection.place(image), seen: `it lists ${seen} and more` }, MOST_REFERRERS);
}
