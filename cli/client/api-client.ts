import type { ExportedRecord } from '../../domain/audit/export-lines.ts';
import type { GrowthDocument } from '../../domain/audit/growth-document.ts';
import type { ProofDocument } from '../../domain/audit/proof-document.ts';
import type { HostDossier } from '../../domain/dossier.ts';
import type { HostAnswer, RollbackAnswer } from '../../domain/environment.ts';
import type { StageExplanation } from '../../domain/gates/explain.ts';
import type { DecisionAnswer } from '../../domain/guided-failure.ts';
import type { KeptDelivery } from '../../domain/inbox/delivery.ts';
import type { Scope as TokenScope } from '../../domain/people/person.ts';
import type { KeptToken } from '../../domain/people/token.ts';
import type { HostPreview, PlanPreview } from '../../domain/plan-preview.ts';
import type { ReleaseRecord, ReleaseStatus } from '../../domain/release.ts';
import type { RetentionRow } from '../../domain/retention-report.ts';
import type { RetentionOrder, RetentionStatus } from '../../domain/retention-run.ts';
import type { RollbackPreview } from '../../domain/rollback-preview.ts';
import type { Block, BreakGlass, Delegation, Freeze, Hold, Scope, StandingDecision } from '../../domain/standing.ts';
import type { EnvironmentView } from '../../server/schemas/environment.ts';
import type { WhoAmI } from '../../server/schemas/people.ts';
import type { ReleaseSummary } from '../../temporal/engine.ts';
import { ServerUnreachable } from '../errors.ts';
import type { Connection } from './connection.ts';
import { readAnswer } from './read-answer.ts';
import { type Answer, send, type Wish } from './send.ts';

export interface ReleasePage {
  readonly releases: readonly ReleaseSummary[];
  readonly next?: string;
}

export interface ApplicationView {
  readonly name: string;
  readonly environments: readonly string[];
}

/** A host of an application's environment. */
export interface HostPlace {
  readonly application: string;
  readonly environment: string;
  readonly host: string;
}

/** A server that has not answered its health check by then is not there. */
const REACH_MS = 4_000;
/** Longer than the server's own deadlines, which name what is slow. */
const ANSWER_MS = 45_000;

/** The server's API. Every method throws ServerUnreachable, NotTidegate or ServerRefused. */
export class ApiClient {
  readonly #connection: Connection;
  readonly #interrupted: AbortSignal;
  #reached: Promise<unknown> | undefined;

  constructor(connection: Connection, interrupted: AbortSignal) {
    this.#connection = connection;
    this.#interrupted = interrupted;
  }

  get url(): string {
    return this.#connection.url;
  }

  applications(): Promise<{ readonly applications: readonly ApplicationView[] }> {
    return this.#get('/applications');
  }

  createRelease(wish: {
    readonly application: string;
    readonly commit?: string;
    readonly images?: Readonly<Record<string, string>>;
  }): Promise<ReleaseRecord> {
    return this.#post('/releases', wish);
  }

  listReleases(filter: { readonly application?: string; readonly limit: number; readonly cursor?: string }): Promise<ReleasePage> {
    const query = new URLSearchParams({ limit: String(filter.limit) });
    if (filter.application !== undefined) query.set('application', filter.application);
    if (filter.cursor !== undefined) query.set('cursor', filter.cursor);
    return this.#get(`/releases?${query}`);
  }

  release(application: string, number: number): Promise<ReleaseStatus> {
    return this.#get(releasePath(application, number));
  }

  plan(application: string, number: number, stage: string): Promise<Extract<PlanPreview, { kind: 'planned' | 'unbuilt' }>> {
    return this.#get(`${releasePath(application, number)}/plan?${new URLSearchParams({ stage })}`);
  }

  explain(application: string, number: number, stage: string | undefined): Promise<{ readonly stages: readonly StageExplanation[] }> {
    const query = stage === undefined ? '' : `?${new URLSearchParams({ stage })}`;
    return this.#get(`${releasePath(application, number)}/explanation${query}`);
  }

  planRollback(application: string, environment: string, to: number | undefined): Promise<Extract<RollbackPreview, { kind: 'planned' }>> {
    const query = to === undefined ? '' : `?${new URLSearchParams({ to: String(to) })}`;
    return this.#get(`${environmentPath(application, environment)}/rollback${query}`);
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
    return this.#post(`${releasePath(application, number)}/votes`, vote);
  }

  promote(
    application: string,
    number: number,
    wish: { readonly stage: string; readonly reason: string; readonly runAgain?: readonly string[] },
  ): Promise<ReleaseStatus> {
    return this.#post(`${releasePath(application, number)}/promotions`, wish);
  }

  cancel(application: string, number: number, wish: { readonly reason: string }): Promise<ReleaseStatus> {
    return this.#post(`${releasePath(application, number)}/cancellation`, wish);
  }

  raiseAlarm(
    at: { readonly application: string; readonly environment: string; readonly alarm: string },
    wish: { readonly release: number; readonly reason: string },
  ): Promise<RollbackAnswer> {
    return this.#post(`${environmentPath(at.application, at.environment)}/alarms/${encodeURIComponent(at.alarm)}`, wish);
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
    return this.#post(`${releasePath(application, number)}/decisions`, decision);
  }

  dossiers(
    application: string,
    number: number,
    stage: string,
    host: string | undefined,
  ): Promise<{ readonly dossiers: readonly HostDossier[] }> {
    const query = host === undefined ? '' : `?host=${encodeURIComponent(host)}`;
    return this.#get(`${releasePath(application, number)}/stages/${encodeURIComponent(stage)}/dossiers${query}`);
  }

  environments(): Promise<{ readonly environments: readonly EnvironmentView[] }> {
    return this.#get('/environments');
  }

  environment(application: string, environment: string): Promise<EnvironmentView> {
    return this.#get(environmentPath(application, environment));
  }

  planHost(place: HostPlace): Promise<Extract<HostPreview, { kind: 'planned' }>> {
    return this.#get(`${hostPath(place)}/plan`);
  }

  deployHost(place: HostPlace, wish: { readonly planHash: string; readonly reason: string }): Promise<HostAnswer> {
    return this.#post(`${hostPath(place)}/deployment`, wish);
  }

  rollback(
    application: string,
    environment: string,
    wish: { readonly to?: number; readonly reason: string; readonly pastForwardOnly?: boolean; readonly pastBlock?: boolean },
  ): Promise<RollbackAnswer> {
    return this.#post(`${environmentPath(application, environment)}/rollback`, wish);
  }

  standing({ application, environment }: Scope): Promise<{ readonly decisions: readonly StandingDecision[] }> {
    const query = new URLSearchParams({
      ...(application !== undefined && { application }),
      ...(environment !== undefined && { environment }),
    });
    return this.#get(`/standing?${query}`);
  }

  freeze(wish: Pick<Freeze, 'scope' | 'reason' | 'until'> & Partial<Pick<Freeze, 'from' | 'owner'>>): Promise<Freeze> {
    return this.#post('/freezes', wish);
  }

  block(
    wish: { readonly reason: string } & ({ readonly digest: string } | { readonly application: string; readonly release: number }),
  ): Promise<Block> {
    return this.#post('/blocks', wish);
  }

  hold(application: string, environment: string, wish: Pick<Hold, 'reason'> & Partial<Pick<Hold, 'release' | 'until'>>): Promise<Hold> {
    return this.#post(`${environmentPath(application, environment)}/holds`, wish);
  }

  delegate(wish: Pick<Delegation, 'to' | 'until' | 'reason'>): Promise<Delegation> {
    return this.#post('/delegations', wish);
  }

  endDecision(kind: Exclude<StandingDecision['kind'], 'break-glass'>, id: string, reason: string): Promise<StandingDecision> {
    return this.#post(`/${kind}s/${encodeURIComponent(id)}/end`, { reason });
  }

  auditRecords(filter: Readonly<Record<string, string>>): Promise<{ readonly records: readonly ExportedRecord[]; readonly next?: number }> {
    return this.#get(`/audit/records?${new URLSearchParams(filter)}`);
  }

  auditRecord(sequence: number): Promise<ExportedRecord> {
    return this.#get(`/audit/records/${sequence}`);
  }

  auditProof(sequence: number): Promise<ProofDocument> {
    return this.#get(`/audit/records/${sequence}/proof`);
  }

  auditGrowth(since: number): Promise<GrowthDocument> {
    return this.#get(`/audit/growth?${new URLSearchParams({ since: String(since) })}`);
  }

  auditDifferences(): Promise<{ readonly differences: readonly { readonly what: string; readonly reason: string }[] }> {
    return this.#get('/audit/differences');
  }

  erase(wish: { readonly records: readonly number[]; readonly reason: string }): Promise<{ readonly erased: readonly number[] }> {
    return this.#post('/audit/erasures', wish);
  }

  auditCheckpoint(): Promise<{ readonly checkpoint: string; readonly size: number; readonly key: string; readonly checkpoints: number }> {
    return this.#get('/audit/checkpoint');
  }

  auditCheckpoints(
    after: number,
    last: number,
  ): Promise<{ readonly checkpoints: readonly { readonly size: number; readonly checkpoint: string }[] }> {
    return this.#get(`/audit/checkpoints?${new URLSearchParams({ after: String(after), last: String(last) })}`);
  }

  breakGlass(
    application: string,
    environment: string,
    wish: { readonly release: number; readonly skips: readonly string[]; readonly incident: string; readonly reason: string },
  ): Promise<BreakGlass> {
    return this.#post(`${environmentPath(application, environment)}/break-glass`, wish);
  }

  ratify(id: string, reason: string): Promise<BreakGlass> {
    return this.#post(`/break-glass/${encodeURIComponent(id)}/ratification`, { reason });
  }

  startRetention(order: Omit<RetentionOrder, 'actor'>): Promise<{ readonly run: string }> {
    return this.#post('/retention/runs', order);
  }

  retention(run: string): Promise<RetentionStatus> {
    return this.#get(`/retention/runs/${encodeURIComponent(run)}`);
  }

  retentionRows(run: string, repository: string): Promise<{ readonly rows: readonly RetentionRow[] }> {
    return this.#get(`/retention/runs/${encodeURIComponent(run)}/rows?${new URLSearchParams({ repository })}`);
  }

  stopRetention(run: string): Promise<RetentionStatus> {
    return this.#post(`/retention/runs/${encodeURIComponent(run)}/cancellation`, {});
  }

  whoami(): Promise<WhoAmI> {
    return this.#get('/whoami');
  }

  createToken(wish: {
    readonly person?: string;
    readonly note: string;
    readonly lifetime: string;
    readonly scope: TokenScope;
  }): Promise<KeptToken & { readonly token: string }> {
    return this.#post('/tokens', wish);
  }

  tokens(of: 'self' | 'everybody'): Promise<{ readonly tokens: readonly KeptToken[] }> {
    return this.#get(`/tokens?${new URLSearchParams({ of })}`);
  }

  revokeToken(id: string): Promise<KeptToken> {
    return this.#post(`/tokens/${encodeURIComponent(id)}/revocation`, {});
  }

  deliveries(filter: Readonly<Record<string, string>>): Promise<{ readonly deliveries: readonly KeptDelivery[]; readonly next?: number }> {
    return this.#get(`/webhooks/deliveries?${new URLSearchParams(filter)}`);
  }

  delivery(number: number): Promise<KeptDelivery & { readonly body: string }> {
    return this.#get(`/webhooks/deliveries/${number}`);
  }

  replayDelivery(number: number): Promise<KeptDelivery> {
    return this.#post(`/webhooks/deliveries/${number}/replay`, {});
  }

  #get<Result>(path: string): Promise<Result> {
    return this.#request<Result>('GET', path);
  }

  #post<Result>(path: string, body: object): Promise<Result> {
    return this.#request<Result>('POST', path, body);
  }

  async #request<Result>(method: 'GET' | 'POST', path: string, body?: object): Promise<Result> {
    const gone = new AbortController();
    // The check runs beside the request: it costs no time, and a silent address is known for one long before a slow answer would be.
    this.#reach().catch((error: unknown) => gone.abort(error));
    const answer = await this.#send(`/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#connection.token.reveal()}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.#interrupted, gone.signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    return readAnswer<Result>(answer, this.url);
  }

  #reach(): Promise<unknown> {
    this.#reached ??= this.#send('/healthz', { signal: AbortSignal.timeout(REACH_MS) });
    return this.#reached;
  }

  async #send(path: string, wish: Wish): Promise<Answer> {
    try {
      return await send(this.url + path, wish);
    } catch (error) {
      this.#reached = undefined;
      if (this.#interrupted.aborted) throw this.#interrupted.reason;
      throw error instanceof ServerUnreachable ? error : new ServerUnreachable(this.url, seenIn(error), { cause: error });
    }
  }
}

function seenIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it does not answer in time';
  // A name can stand for several addresses.
  if (error instanceof AggregateError) return seenIn(error.errors[0]);
  return 'code' in error && error.code === 'ECONNREFUSED' ? 'the connection was refused' : error.message;
}

function releasePath(application: string, number: number): string {
  return `/applications/${encodeURIComponent(application)}/releases/${number}`;
}

function environmentPath(application: string, environment: string): string {
  return `/applications/${encodeURIComponent(application)}/environments/${encodeURIComponent(environment)}`;
}

function hostPath({ application, environment, host }: HostPlace): string {
  return `${environmentPath(application, environment)}/hosts/${encodeURIComponent(host)}`;
}
