import type { Role } from './person.ts';

/** Everything that can be asked of Tidegate, and the least role that may. The list is closed: a route names one of these, or the server does not start. */
export const PERMISSIONS = {
  /** To see releases, plans, environments and what became of containers. */
  look: 'viewer',
  /** To read the ledger, to export it, and to have it prove itself. */
  audit: 'viewer',
  'create-release': 'developer',
  promote: 'developer',
  /** The gate's own rule says whose vote counts. */
  vote: 'developer',
  cancel: 'developer',
  /** To answer what a deployment asks about a host or a canary. */
  decide: 'developer',
  'roll-back': 'developer',
  /** The alarm's own rule says who may raise it. */
  'raise-alarm': 'developer',
  'deploy-host': 'release-manager',
  /** To freeze an environment, and to end it. */
  freeze: 'release-manager',
  /** To block a release or a digest, and to end it. */
  block: 'release-manager',
  /** To hold an environment at a release, and to end it. */
  hold: 'release-manager',
  /** To change who waits for an environment, and in which order. */
  queue: 'release-manager',
  /** To pass by gates for a stated reason, and to ratify that somebody did. */
  'break-glass': 'release-manager',
  ratify: 'release-manager',
  /** To see what other systems sent, with all that it holds. */
  'look-at-webhooks': 'release-manager',
  /** To have a delivery taken on again. */
  'replay-webhook': 'release-manager',
  'preview-retention': 'release-manager',
  'run-retention': 'owner',
  /** To take out of the ledger who did something and why, which the law may ask for. */
  erase: 'owner',
  /** To see, make and revoke the tokens of others. */
  'manage-tokens': 'owner',
} as const satisfies Readonly<Record<string, Role>>;

export type Permission = keyof typeof PERMISSIONS;
