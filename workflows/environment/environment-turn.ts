import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { Deployment, DeploymentOutcome } from '../../domain/deployment.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import { begin, enqueueRollback } from '../../domain/environment-queue.ts';
import { knownOf, type Work, whoAsked } from '../../domain/environment-work.ts';
import type { RollbackRequest } from '../../domain/rollback-request.ts';
import { deploymentOf } from '../../domain/running-deployment.ts';
import type { Returnable } from '../../domain/trust/record.ts';
import { doubtedReturn, isOvertaken, trustWords, withTrust } from '../../domain/trust/turn.ts';
import { inSteadOf } from '../../domain/way-back-news.ts';
import { deploymentWorkflowId } from '../../domain/workflow-ids.ts';
import { failureText } from '../failure-text.ts';
import { installation } from '../proxies/main.ts';
import { reasonOf } from './deployment-record.ts';
import { runDeployment } from './deployment-run.ts';
import { hostTurn } from './host-turn.ts';
import { type LivingEnvironment, now } from './living-environment.ts';
import type { Outlook } from './next-turn.ts';
import { tellRelease } from './release-news.ts';
import { isTrustedAtTurn } from './trust-at-the-turn.ts';
import { trustOnTheWayBack } from './trust-on-the-way-back.ts';
import { endTurn } from './turn-end.ts';

/** What was seen before a turn, or why nothing could be. */
export type Foreseen = Outlook | { readonly fault: string };

const PLAN_CHANGED: DeploymentOutcome = { kind: 'plan-changed', planHash: '' };

/** The turn of one that waited: its deployment, from the ledger's record of its start to all that follows from its end. */
export class EnvironmentTurn {
  /** Whether it may have changed something: it has been recorded, and signed where it goes forward. */
  hasBegun = false;
  readonly #scope = new CancellationScope();
  #stopReason: string | undefined;
  /** A rollback that stopped it; owed when the deployment was quicker. */
  #wantedBack: RollbackRequest | undefined;

  constructor(private readonly living: LivingEnvironment) {}

  /** Stops the deployment; its own way back leads to what served before. */
  stop(reason: string): void {
    this.#stopReason = reason;
    this.#scope.cancel();
  }

  /** Whoever wanted a rollback before is told of this one too. */
  owe(request: RollbackRequest): void {
    const before = this.#wantedBack;
    this.#wantedBack = before !== undefined && patched('all-are-told-of-a-way-back') ? inSteadOf(request, before) : request;
  }

  /** Without having foreseen anything it reads the rules itself: a way back waits for nothing else. */
  async take(foreseen: Foreseen | undefined, onBegin: () => void): Promise<void> {
    const { living } = this;
    const { here } = living;
    living.state = begin(living.state, (generation) => deploymentWorkflowId(here.application, here.environment, generation), now());
    const { running } = living.state;
    if (running === null) return;
    onBegin();
    let rules: EnvironmentPolicy | undefined;
    const turn = async (): Promise<DeploymentOutcome> => {
      if (foreseen !== undefined && 'fault' in foreseen) return failed(foreseen.fault);
      rules = foreseen?.policy ?? (await installation.readEnvironment(here));
      return this.#deploy(running.work, rules);
    };
    const outcome = await this.#scope.run(turn).catch((error: unknown) => this.#withoutDeployment(error));
    await endTurn(living, { running, outcome, rules, wantedBack: this.#wantedBack });
  }

  async #deploy(work: Work, policy: EnvironmentPolicy): Promise<DeploymentOutcome> {
    const { living } = this;
    const turn =
      work.kind === 'host'
        ? await hostTurn(living.state, work.request, policy)
        : { deployment: deploymentOf(living.state, policy.hosts, policy.alarms) };
    if ('outcome' in turn) return turn.outcome;
    const wanted = turn.deployment;
    if (wanted === undefined) return failed('There was nothing to deploy');
    if (work.kind === 'promotion' && isOvertaken(work.request, policy)) return PLAN_CHANGED;
    if (work.kind === 'promotion' && !(await isTrustedAtTurn(work.request))) return PLAN_CHANGED;
    const doubted = doubtedReturn(living.state, work, policy);
    const distrust = doubted && (await this.#distrust(doubted, policy));
    if (distrust !== undefined) return failed(distrust);
    const recorded = this.#record(work, wanted);
    // Nothing goes forward without the ledger; a person can still stop a promotion that waits for it.
    if (work.kind !== 'rollback') await Promise.race([recorded, CancellationScope.current().cancelRequested]);
    this.hasBegun = true;
    await tellRelease(work, { kind: 'started', deployment: wanted.id });
    const { outcome, orphaned, unwritten } = await runDeployment(wanted);
    for (const entry of unwritten) void living.records.append(entry);
    if (orphaned) this.#putBack(reasonOf(outcome));
    return this.#stopReason !== undefined && (outcome.kind === 'failed' || outcome.kind === 'rolled-back')
      ? { ...outcome, reason: this.#stopReason }
      : outcome;
  }

  /** Writes down that it begins; what goes forward is sealed besides. */
  #record(work: Work, { id, release }: Deployment): Promise<unknown> {
    const { living } = this;
    const { person, reason } = whoAsked(work);
    const why = `${reason}${trustWords(living.state, work)}`;
    const started = ['deployment-started', `${id}/started`, person, release.number, why, knownOf(work)] as const;
    return work.kind === 'rollback' ? living.keep(...started) : living.keepSealed(...started);
  }

  /** Why an earlier release may not come back; undefined where its images are trusted as the rules are now. */
  async #distrust(good: Returnable, policy: EnvironmentPolicy): Promise<string | undefined> {
    const { living } = this;
    const found = await trustOnTheWayBack(good, policy);
    if ('reason' in found) return found.reason;
    if (found.met !== undefined) living.state = withTrust(living.state, good.release.number, found.met);
    return undefined;
  }

  /** Hosts were left as they happened to be: the last good release is put back. */
  #putBack(reason: string): void {
    const { state } = this.living;
    if (state.current === null) return;
    const request = this.#alsoForWanted({ person: 'tidegate', reason });
    this.living.state = enqueueRollback(state, request, state.current, now());
  }

  /** Whoever had the deployment stopped is told how this one ends: what it left is not known before. */
  #alsoForWanted(request: RollbackRequest): RollbackRequest {
    const both = inSteadOf(request, this.#wantedBack);
    if (both === request || !patched('put-back-for-all')) return request;
    this.#wantedBack = undefined;
    return both;
  }

  /** Stopped before it began, or the environment's own rules cannot be read: no host was touched. */
  #withoutDeployment(error: unknown): DeploymentOutcome {
    return failed(isCancellation(error) ? (this.#stopReason ?? 'The deployment was stopped') : failureText(error));
  }
}

function failed(reason: string): DeploymentOutcome {
  return { kind: 'failed', reason, hosts: [] };
}
