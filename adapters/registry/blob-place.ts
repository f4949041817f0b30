import { DigestMismatch } from '../../activities/registry/content-errors.ts';
import type { Descriptor } from '../../domain/oci-manifest.ts';
import type { RegistryConnection } from './connection.ts';
import { printRepository, type Repository } from './reference.ts';

/** A blob of a repository. */
export interface BlobPlace {
  readonly connection: RegistryConnection;
  readonly repository: Repository;
  readonly blob: Descriptor;
}

/** The blob as messages name it. */
export function imageOf({ repository, blob }: Pick<BlobPlace, 'repository' | 'blob'>): string {
  return `${printRepository(repository)}@${blob.digest}`;
}

export function mismatch({ connection, repository, blob }: BlobPlace, seen: string): DigestMismatch {
  return new DigestMismatch({ repository: printRepository(repository), digest: blob.digest }, `registry ${connection.registry}`, seen);
}
