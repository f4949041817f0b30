import type { HostDossier } from '../../domain/dossier.ts';
import type { StageExplanation } from '../../domain/gates/explain.ts';
import type { DecisionAnswer } from '../../domain/guided-failure.ts';
import type { HostAnswer } from '../../domain/host-request.ts';
import type { HostPreview, PlanPreview } from '../../domain/plan-preview.ts';
import type { ReleaseRecord, ReleaseStatus } from '../../domain/release.ts';
import type { RollbackPreview } from '../../domain/rollback-preview.ts';
import type { RollbackAnswer } from '../../domain/rollback-request.ts';
import type { EnvironmentView } from '../../server/schemas/environment.ts';
import type { ReleaseSummary } from '../../temporal/engine.ts';
import { ApiRequests } from './api-requests.ts';
import { AuditApi } from './audit-api.ts';
import type { Connection } from './connection.ts';
import { DecisionsApi } from './decisions-api.ts';
import { environmentPath, type HostPlace, hostPath, releasePath } from './paths.ts';
import { PeopleApi } from './people-api.ts';
import { RetentionApi } from './retention-api.ts';
import { WebhooksApi } from './webhooks-api.ts';

export interface ReleasePage {
  readonly releases: readonly ReleaseSummary[];
  readonly next?: string;
}

export interface ApplicationView {
  readonly name: string;
  readonly environments: readonly string[];
}

/** The server's API. Every method throws ServerUnreachable, NotTidegate or ServerRefused. */
export class ApiClient {
  readonly audit: AuditApi;
  readonly decisions: DecisionsApi;
  readonly retention: RetentionApi;
  readonly people: PeopleApi;
  readonly webhooks: WebhooksApi;
  readonly #requests: ApiRequests;

  constructor(connection: Connection, interrupted: AbortSignal) {
    const requests = new ApiRequests(connection, interrupted);
    this.audit = new AuditApi(requests);
    this.decisions = new DecisionsApi(requests);
    this.retention = new RetentionApi(requests);
    this.people = new PeopleApi(requests);
    this.webhooks = new WebhooksApi(requests);
    this.#requests = requests;
  }

  get url(): string {
    return this.#requests.url;
  }

  applications(): Promise<{ readonly applications: readonly ApplicationView[] }> {
    return this.#requests.get('/applications');
  }

  createRelease(wish: {
    readonly application: string;
    readonly commit?: string;
    readonly images?: Readonly<Record<string, string>>;
  }): Promise<ReleaseRecord> {
    return this.#requests.post('/releases', wish);
  }

  listReleases(filter: { readonly application?: string; readonly limit: number; readonly cursor?: string }): Promise<ReleasePage> {
    const query = new URLSearchParams({ limit: String(filter.limit) });
    if (filter.application !== undefined) query.set('application', filter.application);
    if (filter.cursor !== undefined) query.set('cursor', filter.cursor);
    return this.#requests.get(`/releases?${query}`);
  }

  release(application: string, number: number): Promise<ReleaseStatus> {
    return this.#requests.get(releasePath(application, number));
  }

  plan(application: string, number: number, stage: string): Promise<Extract<PlanPreview, { kind: 'planned' | 'unbuilt' }>> {
    return this.#requests.get(`${releasePath(application, number)}/plan?${new URLSearchParams({ stage })}`);
  }

  explain(application: string, number: number, stage: string | undefined): Promise<{ readonly stages: readonly StageExplanation[] }> {
    const query = stage === undefined ? '' : `?${new URLSearchParams({ stage })}`;
    return this.#requests.get(`${releasePath(application, number)}/explanation${query}`);
  }

  planRollback(application: string, environment: string, to: number | undefined): Promise<Extract<RollbackPreview, { kind: 'planned' }>> {
    const query = to === undefined ? '' : `?${new URLSearchParams({ to: String(to) })}`;
    return this.#requests.get(`${environmentPath(application, environment)}/rollback${query}`);
  }

  vote(
    application: string,
    number: number,
    vote: {
      readonly stage: string;
      readonly decision: 'approve' | 'reject' | 'withdraw';
      readonly comment: string;
      readonly planHash?: string;
      readonly input?: unknown;
    },
  ): Promise<ReleaseStatus> {
    return this.#requests.post(`${releasePath(application, number)}/votes`, vote);
  }

  promote(
    application: string,
    number: number,
    wish: { readonly stage: string; readonly reason: string; readonly runAgain?: readonly string[] },
  ): Promise<ReleaseStatus> {
    return this.#requests.post(`${releasePath(application, number)}/promotions`, wish);
  }

  cancel(application: string, number: number, wish: { readonly reason: string }): Promise<ReleaseStatus> {
    return this.#requests.post(`${releasePath(application, number)}/cancellation`, wish);
  }

  raiseAlarm(
    at: { readonly application: string; readonly environment: string; readonly alarm: string },
    wish: { readonly release: number; readonly reason: string },
  ): Promise<RollbackAnswer> {
    return this.#requests.post(`${environmentPath(at.application, at.environment)}/alarms/${encodeURIComponent(at.alarm)}`, wish);
  }

  decide(
    application: string,
    number: number,
    decision: {
      readonly stage: string;
      readonly host?: string;
      readonly question: string;
      readonly answer: DecisionAnswer;
      readonly reason: string;
    },
  ): Promise<ReleaseStatus> {
    return this.#requests.post(`${releasePath(application, number)}/decisions`, decision);
  }

  dossiers(
    application: string,
    number: number,
    stage: string,
    host: string | undefined,
  ): Promise<{ readonly dossiers: readonly HostDossier[] }> {
    const query = host === undefined ? '' : `?host=${encodeURIComponent(host)}`;
    return this.#requests.get(`${releasePath(application, number)}/stages/${encodeURIComponent(stage)}/dossiers${query}`);
  }

  environments(): Promise<{ readonly environments: readonly EnvironmentView[] }> {
    return this.#requests.get('/environments');
  }

  environment(application: string, environment: string): Promise<EnvironmentView> {
    return this.#requests.get(environmentPath(application, environment));
  }

  planHost(place: HostPlace): Promise<Extract<HostPreview, { kind: 'planned' }>> {
    return this.#requests.get(`${hostPath(place)}/plan`);
  }

  deployHost(place: HostPlace, wish: { readonly planHash: string; readonly reason: string }): Promise<HostAnswer> {
    return this.#requests.post(`${hostPath(place)}/deployment`, wish);
  }

  rollback(
    application: string,
    environment: string,
    wish: { readonly to?: number; readonly reason: string; readonly pastForwardOnly?: boolean; readonly pastBlock?: boolean },
  ): Promise<RollbackAnswer> {
    return this.#requests.post(`${environmentPath(application, environment)}/rollback`, wish);
  }
}
