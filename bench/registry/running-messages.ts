import type { Usage } from './measured-command.ts';

/** What the running process is asked. */
export interface CopyRequest {
  /** `HOST:PORT/PATH@sha256:…` */
  readonly from: string;
  /** `HOST:PORT/PATH:TAG` */
  readonly to: string;
}

/** What it answers. */
export type CopyAnswer = { readonly kind: 'copied'; readonly usage: Usage } | { readonly kind: 'failed'; readonly seen: string };
