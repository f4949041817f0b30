import type { SecretReference } from '../../domain/secret-reference.ts';

/** Where GitHub is, and who Tidegate is there. */
export interface GitHubInstallation {
  readonly api: string;
  /** A PEM file. */
  readonly ca?: string;
  readonly credentials:
    | { readonly kind: 'token'; readonly token: SecretReference }
    | { readonly kind: 'app'; readonly id: number; readonly key: SecretReference; readonly installation?: number };
  /** What the App's own webhook signs with. */
  readonly appSecret?: SecretReference;
  /** Who may send to /webhooks/github. */
  readonly webhooks?: { readonly secrets: readonly SecretReference[] };
}

/** Who is told at once, by signed webhooks. */
export interface NotifySettings {
  readonly url: string;
  readonly secret: SecretReference;
}

/** An external check: where it is, and by which secrets it and Tidegate know each other. */
export interface CheckSettings {
  readonly name: string;
  readonly url: string;
  /** The first one signs; any of them counts. */
  readonly secrets: readonly SecretReference[];
  /** A PEM file. */
  readonly ca?: string;
}
