import type { Hold } from '../../domain/retention-protection.ts';
import type { RetentionRule } from '../../domain/retention-rules.ts';
import type { SecretReference } from '../../domain/secret-reference.ts';

export interface RegistrySettings {
  readonly name: string;
  /** `host` or `host:port`, as images name it. */
  readonly address: string;
  readonly plainHttp: boolean;
  readonly username?: string;
  readonly password?: SecretReference;
  /** PEM files. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Addresses of registries that are asked first for what has a digest. */
  readonly mirrors: readonly string[];
  /** Hosts outside the registry's own domain that hand out its tokens. */
  readonly tokenHosts: readonly string[];
}

/** What registries may lose, and when. */
export interface RetentionInstallation {
  /** Five fields, in UTC; undefined where it is done by hand alone. */
  readonly schedule?: string;
  readonly rules: readonly RetentionRule[];
  readonly holds: readonly Hold[];
}

export interface ImageWebhookSettings {
  readonly name: string;
  readonly kind: 'distribution' | 'docker-hub' | 'harbor' | 'quay' | 'generic';
  /** The name of the registry that it tells of. */
  readonly registry?: string;
  readonly proof: 'authorization' | 'path' | 'x-hub-signature-256' | 'webhook-signature';
  /** Any of them counts. */
  readonly secrets: readonly SecretReference[];
}
