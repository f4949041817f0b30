import type { Alarm, WebhookHeader } from '../../domain/alarm.ts';
import type { Allowances } from '../../domain/allowances.ts';
import type { BreakGlassRules } from '../../domain/break-glass.ts';
import type { EnvironmentImages } from '../../domain/environment-images.ts';
import type { ApprovalRule, GateRules } from '../../domain/gates/rules.ts';
import type { OnFailure } from '../../domain/guided-failure.ts';
import type { QueuePolicy } from '../../domain/queue-policy.ts';
import type { SecretReference } from '../../domain/secret-reference.ts';

export interface EnvironmentSettings {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly bakeMs: number;
  /** What takes a release back by itself meanwhile. */
  readonly alarms: readonly Alarm[];
  /** How those of them that are webhooks are told from anybody's messages. */
  readonly webhooks: readonly WebhookSettings[];
  /** Where its hosts pull from; undefined is where images were built. */
  readonly images?: EnvironmentImages;
  /** What of its hosts components may reach. */
  readonly allows: Allowances;
  readonly onFailure?: OnFailure;
  readonly queue?: QueuePolicy;
  readonly breakGlass?: BreakGlassRules;
  readonly tls?: EnvironmentTls;
  readonly protection: { readonly approval?: ApprovalRule; readonly stopAfterFailures?: number; readonly gates: GateRules };
}

export interface WebhookSettings {
  readonly alarm: string;
  readonly header: WebhookHeader;
  /** Any of them counts. */
  readonly secrets: readonly SecretReference[];
}

export interface EnvironmentTls {
  readonly certificates: readonly CertificateSettings[];
  /** Whether requests over plain HTTP are sent to HTTPS. */
  readonly redirect: boolean;
}

/** PEM texts. */
export interface CertificateSettings {
  readonly name: string;
  readonly chain: SecretReference;
  readonly key: SecretReference;
}
