import type { KnownBy } from './people/known-by.ts';

/** A person's wish that one host be brought to what its environment runs, as when it was rebuilt from nothing. */
export interface HostRequest {
  readonly host: string;
  /** The plan that the person saw; undefined takes the one of its turn. */
  readonly planHash?: string;
  readonly person: string;
  readonly known?: KnownBy;
  readonly reason: string;
}

export interface HostAnswer {
  readonly requestId: string;
  /** The release that the host is brought to, unless another one is deployed before its turn. */
  readonly release: number;
  /** The releases whose turn comes first, of what is deployed now and of what waits. */
  readonly behind: readonly number[];
}
