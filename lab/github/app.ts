import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, verify } from 'node:crypto';

/** What a GitHub App may do: `{ statuses: 'write' }`. */
export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

export interface LabAppOptions {
  readonly id: number;
  readonly installation: number;
  readonly permissions?: Permissions;
  /** Where installed; everywhere by default. */
  readonly repositories?: readonly string[];
}

const HOUR_MS = 3_600_000;

export const ALL_PERMISSIONS: Permissions = {
  metadata: 'read',
  contents: 'read',
  statuses: 'write',
  deployments: 'write',
  checks: 'write',
  issues: 'write',
  pull_requests: 'read',
  actions: 'read',
  repository_hooks: 'read',
};

/** A GitHub App with one installation: proves itself by JWT, and buys tokens of an hour with it. */
export class LabApp {
  readonly id: number;
  /** Another one once it was installed anew. */
  installation: number;
  /** Since when, ISO 8601; null where it is not. */
  suspendedAt: string | null = null;
  /** PEM, as GitHub hands it out once. */
  readonly privateKey: string;
  permissions: Permissions;
  /** What its webhook is sent; everything where nothing is said. */
  events: readonly string[] | undefined;
  readonly #key: KeyObject;
  readonly #repositories: readonly string[] | undefined;
  /** Token to the moment at which it ends, in milliseconds since the epoch. */
  readonly #tokens = new Map<string, number>();

  constructor({ id, installation, permissions = ALL_PERMISSIONS, repositories }: LabAppOptions) {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.id = id;
    this.installation = installation;
    this.permissions = permissions;
    this.privateKey = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    this.#key = createPublicKey(this.privateKey);
    this.#repositories = repositories;
  }

  isInstalledAt(repository: string): boolean {
    return this.#repositories?.some((name) => name.toLowerCase() === repository.toLowerCase()) ?? true;
  }

  /** A token of the installation, and when it ends. */
  issue(): { readonly token: string; readonly expiresAt: string } {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const end = Date.now() + HOUR_MS;
    this.#tokens.set(token, end);
    return { token, expiresAt: new Date(end).toISOString().replace(/\.\d+Z$/, 'Z') };
  }

  /** As GitHub does when the App's permissions change: every token that was given out ends. */
  revoke(): void {
    this.#tokens.clear();
  }

  knows(token: string): boolean {
    return (this.#tokens.get(token) ?? 0) > Date.now();
  }

  /** What is wrong with a JWT, in GitHub's words; undefined when it proves who asks: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
  objectionTo(jwt: string): string | undefined {
    const [head = '', body = '', signature = ''] = jwt.split('.');
    const isSigned = verify('RSA-SHA256', Buffer.from(`${head}.${body}`), this.#key, Buffer.from(signature, 'base64url'));
    if (!isSigned) return 'A JSON web token could not be decoded';
    const { iss, iat, exp } = JSON.parse(Buffer.from(body, 'base64url').toString()) as Readonly<Record<string, unknown>>;
    if (String(iss) !== String(this.id)) return 'Integration not found';
    const now = Date.now() / 1000;
    if (Number(exp) < now) return "'Expiration time' claim ('exp') must be a numeric value representing the future time";
    if (Number(exp) - Number(iat) > 660) return "'Expiration time' claim ('exp') is too far in the future";
    return undefined;
  }
}
