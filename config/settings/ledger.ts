import type { SecretReference } from '../../domain/secret-reference.ts';

/** Where the ledger is, and how it proves itself. */
export interface LedgerInstallation {
  /** PostgreSQL; undefined is a file in the data folder. */
  readonly database?: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly user: string;
    readonly password?: SecretReference;
    readonly tls: 'verify' | 'off';
    /** A PEM file. */
    readonly ca?: string;
  };
  readonly origin: string;
  /** The file of the private key. */
  readonly key: string;
  readonly checkpoints: { readonly records: number; readonly intervalMs: number; readonly publish: readonly CheckpointTarget[] };
}

/** Where the newest checkpoint is published. */
export type CheckpointTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'image'; readonly repository: string }
  | { readonly kind: 'git'; readonly repository: string; readonly branch: string; readonly file: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret?: SecretReference };
