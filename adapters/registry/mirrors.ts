import type { RegistryConnection } from './connection.ts';
import type { Repository } from './reference.ts';

/** Milliseconds for which a mirror that failed is not asked. */
const REST_MS = 60_000;

/** A place where a repository's content can be had. */
export interface Origin {
  readonly connection: RegistryConnection;
  readonly repository: Repository;
  readonly isMirror: boolean;
}

/** The places of one registry's content: mirrors first, as long as they serve, and the registry itself. */
export class Origins {
  readonly #restingUntil = new Map<RegistryConnection, number>();

  constructor(
    private readonly registry: RegistryConnection,
    private readonly mirrors: readonly RegistryConnection[],
  ) {}

  /** Where to ask now; the last one is the registry itself. */
  of(repository: Repository): readonly [...Origin[], Origin] {
    const awake = this.mirrors.filter((mirror) => (this.#restingUntil.get(mirror) ?? 0) <= performance.now());
    const { path } = repository;
    return [
      ...awake.map((connection) => ({ connection, repository: { registry: connection.registry, path }, isMirror: true })),
      { connection: this.registry, repository, isMirror: false },
    ];
  }

  /** A mirror that failed is left alone for a while: waiting for it each time would cost more than it saves. */
  rest({ connection, isMirror }: Origin): void {
    if (isMirror) this.#restingUntil.set(connection, performance.now() + REST_MS);
  }
}
