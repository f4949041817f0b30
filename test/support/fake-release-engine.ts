import type { AlarmMessage } from '../../domain/alarm.ts';
import { brokenGlass, DEFAULT_BREAK_GLASS, type GlassWish } from '../../domain/break-glass.ts';
import type { DeploymentProgress } from '../../domain/deployment.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import type { CheckVerdict } from '../../domain/gates/check-question.ts';
import type { Guard, GuardStatus } from '../../domain/guard/guard.ts';
import type { HostDecision } from '../../domain/guided-failure.ts';
import type { HostAnswer, HostRequest } from '../../domain/host-request.ts';
import type { HostPreview, PlanPreview } from '../../domain/plan-preview.ts';
import type { Mover } from '../../domain/reach.ts';
import type { ReleaseRecord, ReleaseStatus } from '../../domain/release.ts';
import type { RollbackPreview } from '../../domain/rollback-preview.ts';
import type { RollbackAnswer, RollbackRequest } from '../../domain/rollback-request.ts';
import type { BreakGlass, Scope } from '../../domain/standing.ts';
import type { ReleaseEngine, ReleaseSummary } from '../../temporal/engine.ts';
import { NotFound } from '../../temporal/errors.ts';
import type { GatesExplained } from '../../workflows/explain-release.ts';
import type {
  CancelMessage,
  CheckAnswerMessage,
  EndGuardMessage,
  PromoteMessage,
  RatifyMessage,
  VoteMessage,
} from '../../workflows/messages.ts';

/** One call of the engine, as a test reads it back. */
export interface EngineCall {
  readonly method: string;
  readonly on: string;
  readonly message?: unknown;
  readonly requestId?: string;
}

/** Stands in for the workflows: answers with what a test put in, and keeps what it was asked. */
export class FakeReleaseEngine implements ReleaseEngine {
  readonly releases = new Map<string, ReleaseStatus>();
  readonly environments = new Map<string, EnvironmentStatus>();
  /** What the stages of any release would ask. */
  explained: GatesExplained = { kind: 'explained', gates: [], needs: {} };
  /** Stage to what its plan is answered with. */
  readonly previews = new Map<string, PlanPreview>();
  /** Host to what its plan is answered with. */
  readonly hostPreviews = new Map<string, HostPreview>();
  hostAnswer: HostAnswer = { requestId: 'request-1', release: 2, behind: [] };
  wayBack: RollbackPreview = { kind: 'refused', reason: 'there is nothing to return to' };
  readonly plansAsked: string[] = [];
  readonly changes: EngineCall[] = [];
  rollbackAnswer: RollbackAnswer = { deployment: 'deployment/shop/production/3', from: 2, to: 1 };
  /** Thrown by every method while set. */
  failure: Error | undefined;
  /** Thrown by changes alone while set. */
  refusal: Error | undefined;
  /** Called after each change, so that a test can let a release move on. */
  onChange: (call: EngineCall) => void = () => {};

  put(status: ReleaseStatus): void {
    this.releases.set(`${status.release.application}#${status.release.number}`, status);
  }

  /** What is kept of it is how far all of them may take it. */
  async start(record: ReleaseRecord, movers: readonly Mover[] = []): Promise<boolean> {
    const key = `${record.application}#${record.number}`;
    const limits = movers.flatMap(({ environments }) => (environments === undefined ? [] : [environments]));
    const reach = limits.reduce((all, one) => all.filter((environment) => one.includes(environment)), limits[0] ?? []);
    this.#change({ method: 'start', on: key, ...(limits.length > 0 && { message: { reach } }) });
    const isNew = !this.releases.has(key);
    if (isNew) this.put({ release: record, pipelineRevision: 'r1', images: record.images, stages: [], state: 'running' });
    return isNew;
  }

  async startedToo({ application, number }: ReleaseRecord, mover: Mover): Promise<void> {
    this.#change({ method: 'startedToo', on: `${application}#${number}`, message: mover });
  }

  async releaseStatus(application: string, number: number): Promise<ReleaseStatus> {
    if (this.failure) throw this.failure;
    const found = this.releases.get(`${application}#${number}`);
    if (!found) throw new NotFound(`No workflow of release ${number} of ${application}`);
    return found;
  }

  async listReleases(filter: { readonly application?: string; readonly limit: number; readonly cursor?: string }) {
    if (this.failure) throw this.failure;
    const all = [...this.releases.values()]
      .filter((status) => filter.application === undefined || status.release.application === filter.application)
      .sort((a, b) => b.release.number - a.release.number)
      .map(summary);
    const rest = all.filter((one) => filter.cursor === undefined || one.startedAt < filter.cursor);
    const next = rest[filter.limit - 1]?.startedAt;
    return { releases: rest.slice(0, filter.limit), ...(next !== undefined && rest.length > filter.limit && { next }) };
  }

  async vote(application: string, number: number, message: VoteMessage, requestId: string): Promise<ReleaseStatus> {
    this.#change({ method: 'vote', on: `${application}#${number}`, message, requestId });
    return this.releaseStatus(application, number);
  }

  async promote(record: ReleaseRecord, message: PromoteMessage, requestId: string): Promise<ReleaseStatus> {
    this.#change({ method: 'promote', on: `${record.application}#${record.number}`, message, requestId });
    return this.releaseStatus(record.application, record.number);
  }

  async cancel(application: string, number: number, message: CancelMessage, requestId: string): Promise<ReleaseStatus> {
    this.#change({ method: 'cancel', on: `${application}#${number}`, message, requestId });
    return this.releaseStatus(application, number);
  }

  async plan(application: string, number: number, stage: string): Promise<PlanPreview> {
    if (this.failure) throw this.failure;
    this.plansAsked.push(`${application}#${number} ${stage}`);
    return this.previews.get(stage) ?? { kind: 'unknown-stage', stage, stages: [...this.previews.keys()] };
  }

  async explainGates(application: string, number: number): Promise<GatesExplained> {
    if (this.failure) throw this.failure;
    this.plansAsked.push(`gates of ${application}#${number}`);
    return this.explained;
  }

  async planRollback(application: string, environment: string, to: number | undefined): Promise<RollbackPreview> {
    if (this.failure) throw this.failure;
    this.plansAsked.push(`${application} in ${environment} back to ${to ?? 'the last'}`);
    return this.wayBack;
  }

  async decideHost(deployment: string, message: HostDecision, requestId: string): Promise<DeploymentProgress> {
    this.#change({ method: 'decideHost', on: deployment, message, requestId });
    return { phase: 'switching', hosts: {} };
  }

  async environmentStatus(application: string, environment: string): Promise<EnvironmentStatus> {
    if (this.failure) throw this.failure;
    return this.environments.get(`${application}/${environment}`) ?? emptyEnvironment(application, environment);
  }

  async planHost(application: string, environment: string, host: string): Promise<HostPreview> {
    if (this.failure) throw this.failure;
    this.plansAsked.push(`${application}/${environment} ${host}`);
    return this.hostPreviews.get(host) ?? { kind: 'unknown-host', hosts: [...this.hostPreviews.keys()] };
  }

  async bringHost(application: string, environment: string, request: HostRequest, requestId: string): Promise<HostAnswer> {
    this.#change({ method: 'bringHost', on: `${application}/${environment}`, message: request, requestId });
    return this.hostAnswer;
  }

  async rollback(application: string, environment: string, request: RollbackRequest, requestId: string): Promise<RollbackAnswer> {
    this.#change({ method: 'rollback', on: `${application}/${environment}`, message: request, requestId });
    return this.rollbackAnswer;
  }

  async answerCheck(application: string, number: number, message: CheckAnswerMessage, requestId: string): Promise<CheckVerdict> {
    this.#change({ method: 'answerCheck', on: `${application}#${number}`, message, requestId });
    return { verdict: message.verdict, reason: message.reason };
  }

  async raiseAlarm(application: string, environment: string, message: AlarmMessage, requestId: string): Promise<RollbackAnswer> {
    this.#change({ method: 'raiseAlarm', on: `${application}/${environment}`, message, requestId });
    return this.rollbackAnswer;
  }

  async breakGlass(wish: GlassWish): Promise<BreakGlass> {
    this.#change({ method: 'breakGlass', on: `${wish.application}/${wish.environment}`, message: wish, requestId: wish.id });
    return brokenGlass(wish, DEFAULT_BREAK_GLASS);
  }

  async ratifyGlass(id: string, message: RatifyMessage, requestId: string): Promise<BreakGlass> {
    this.#change({ method: 'ratifyGlass', on: id, message, requestId });
    const glass = this.glasses.get(id);
    if (glass === undefined) throw new NotFound(`There is no break-glass ${id} under way`);
    return { ...glass, ratified: { by: message.person, at: '2026-03-02T10:00:00.000Z' } };
  }

  /** Those that wait to be ratified. */
  readonly glasses = new Map<string, BreakGlass>();

  /** What was told of freezes, blocks and holds. */
  readonly told: Scope[] = [];

  async tellStandingChanged(scope: Scope): Promise<void> {
    this.told.push(scope);
    if (this.failure) throw this.failure;
  }

  /** What is held back. */
  held: GuardStatus[] = [];

  async holdBack(guard: Guard, job: number): Promise<void> {
    this.#change({ method: 'holdBack', on: `${guard.run}/${guard.environment}`, message: { ...guard, job } });
  }

  async guards(): Promise<readonly GuardStatus[]> {
    if (this.failure) throw this.failure;
    return this.held;
  }

  async endGuard(guard: Guard, message: EndGuardMessage, requestId: string): Promise<GuardStatus> {
    this.#change({ method: 'endGuard', on: `${guard.run}/${guard.environment}`, message, requestId });
    const found = this.held.find(({ run, environment }) => run === guard.run && environment === guard.environment);
    if (found === undefined) throw new NotFound(`There is no guard of run ${guard.run} under way`);
    return { ...found, waitsFor: `GitHub is told that ${message.person} ended it` };
  }

  async ping(): Promise<void> {
    if (this.failure) throw this.failure;
  }

  #change(call: EngineCall): void {
    if (this.failure) throw this.failure;
    if (this.refusal) throw this.refusal;
    this.changes.push(call);
    this.onChange(call);
  }
}

/** An environment that never had a deployment. */
export function emptyEnvironment(application: string, environment: string): EnvironmentStatus {
  return { application, environment, current: null, history: [], running: null, queue: [], last: null, behind: [], generation: 0 };
}

function summary(status: ReleaseStatus): ReleaseSummary {
  const { application, number, commit, createdAt } = status.release;
  const { state, fault } = status;
  const stage = status.stages.find((candidate) => candidate.state.kind !== 'passed')?.name ?? status.stages.at(-1)?.name ?? '';
  const given = { ...(commit !== undefined && { commit }), ...(fault !== undefined && { fault }) };
  return { application, number, ...given, state, stage, startedAt: createdAt };
}
