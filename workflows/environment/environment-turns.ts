import { CancellationScope, isCancellation, patched, upsertSearchAttributes } from '@temporalio/workflow';
import { watchedBy } from '../../domain/alarm.ts';
import { type DeploymentOutcome, isAdopted } from '../../domain/deployment.ts';
import type { DeploymentNews } from '../../domain/deployment-news.ts';
import { finish, withWarning } from '../../domain/ended-deployment.ts';
import type { EnvironmentPolicy, RollbackRequest } from '../../domain/environment.ts';
import { tagsOfRelease } from '../../domain/environment-images.ts';
import { begin, enqueueRollback, withdraw } from '../../domain/environment-queue.ts';
import type { EnvironmentState } from '../../domain/environment-state.ts';
import { knownOf, releaseOf, requestOf, type Work, whoAsked } from '../../domain/environment-work.ts';
import { beginsAnyway, type NextTurn, nextTurn } from '../../domain/next-turn.ts';
import { deploymentOf } from '../../domain/running-deployment.ts';
import { leftBy, takenBackBy } from '../../domain/taken-back.ts';
import type { Returnable } from '../../domain/trust/record.ts';
import { doubtedReturn, isOvertaken, trustWords, withTrust } from '../../domain/trust/turn.ts';
import { followersOf, inSteadOf } from '../../domain/way-back-news.ts';
import { deploymentWorkflowId } from '../../domain/workflow-ids.ts';
import { failureText } from '../failure-text.ts';
import { desk, installation } from '../proxies/main.ts';
import { SEARCH_ATTRIBUTES } from '../search-attributes.ts';
import { ledgerActionOf, reasonOf } from './deployment-record.ts';
import { runDeployment } from './deployment-run.ts';
import { hostTurn } from './host-turn.ts';
import { type LivingEnvironment, now } from './living-environment.ts';
import { lookOut, type Outlook } from './next-turn.ts';
import { tellFollower, tellQueue, tellRelease, tellReplaced } from './release-news.ts';
import { isTrustedAtTurn } from './trust-at-the-turn.ts';
import { trustOnTheWayBack } from './trust-on-the-way-back.ts';

/** What stands is looked at again after this long, should nobody have said that it changed, and then more and more rarely. */
const LOOK_AGAIN_MS = 300_000;
const LONGEST_LOOK_MS = 4 * 3_600_000;

type Turn = NonNullable<EnvironmentState['running']>;

/** Takes what waits in an environment through its deployment, one at a time. */
export class EnvironmentTurns {
  #scope = new CancellationScope();
  #stopReason: string | undefined;
  #hasBegun = false;
  /** A rollback that stopped the running deployment; owed when the deployment was quicker. */
  #wantedBack: RollbackRequest | undefined;

  /** The queue in which nothing may begin, and when to look at it again. */
  #waiting: { readonly queue: EnvironmentState['queue']; readonly until: number } | undefined;

  /** What those that wait were told last: a freeze may last a year, and is told once. */
  #told = '';
  /** Looks that found nothing new. */
  #looks = 0;

  /** Grows with every change of what people decided beforehand. */
  #changes = 0;

  /** `onBegin` is called when somebody's turn begins. */
  constructor(
    private readonly living: LivingEnvironment,
    private readonly onBegin: () => void,
  ) {}

  /** Whether somebody's turn may have come. */
  isDue(): boolean {
    const { queue } = this.living.state;
    return queue.length > 0 && (queue !== this.#waiting?.queue || Date.now() >= this.#waiting.until);
  }

  /** Milliseconds until it may have come by itself. */
  untilDue(): number {
    return this.#waiting === undefined ? Number.POSITIVE_INFINITY : Math.max(1, this.#waiting.until - Date.now());
  }

  /** Whether something is held back that could begin otherwise. */
  isHolding(): boolean {
    return this.#waiting !== undefined;
  }

  /** What people decided beforehand has changed. */
  lookAgain(): void {
    this.#waiting = undefined;
    this.#changes += 1;
  }

  /** Whether the turn under way may have changed something: it has been recorded, and signed where it goes forward. */
  hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Stops the deployment under way; its own way back leads to what served before. */
  stop(reason: string): void {
    this.#stopReason = reason;
    this.#scope.cancel();
  }

  /** A deployment that was stopped for this, and succeeds all the same, is followed by this rollback; whoever wanted one before is told of it too. */
  owe(request: RollbackRequest): void {
    const before = this.#wantedBack;
    this.#wantedBack = before !== undefined && patched('all-are-told-of-a-way-back') ? inSteadOf(request, before) : request;
  }

  /** Takes who is next through its deployment, if anybody may begin; the ledger knows of each turn before a release does. */
  async takeNext(): Promise<void> {
    if (beginsAnyway(this.living.state) || !patched('look-before-a-turn')) return this.#take(undefined);
    this.#waiting = undefined;
    const changes = this.#changes;
    const seen = await lookOut(this.living).catch((error: unknown) => ({ fault: failureText(error) }));
    if (seen === undefined) return;
    if ('fault' in seen) return this.#isHeld() ? this.#waitOn(undefined) : this.#take(seen);
    // What was decided while it was being read counts.
    if (changes !== this.#changes) return;
    if (await this.#sendBack(seen.hasLapsed)) return;
    const next = nextTurn(this.living.state, seen.rules, Date.now());
    this.living.state = next.state;
    if (next.kind === 'go') await Promise.all([tellReplaced(next.replaced), this.#take(seen)]);
    else await this.#wait(next);
    if (next.kind === 'wait' && next.replaced.length > 0) await tellReplaced(next.replaced);
  }

  async #wait(next: Extract<NextTurn, { kind: 'wait' }>): Promise<void> {
    const told = JSON.stringify(next.state.queue.map((work) => [requestOf(work), work.kind === 'promotion' && work.held]));
    const isNew = told !== this.#told;
    this.#looks = isNew ? 0 : this.#looks + 1;
    this.#waitOn(next.until);
    if (!isNew) return;
    this.#told = told;
    await tellQueue(next.state);
  }

  #waitOn(until = Number.POSITIVE_INFINITY): void {
    const rarely = Math.min(LONGEST_LOOK_MS, LOOK_AGAIN_MS * 2 ** Math.min(this.#looks, 10));
    this.#waiting = { queue: this.living.state.queue, until: Math.min(until, Date.now() + rarely) };
  }

  /** What is held back already is not failed because a look at it was. */
  #isHeld(): boolean {
    const [first] = this.living.state.queue;
    return first?.kind === 'promotion' && first.held !== undefined;
  }

  /** Those whose broken glass lets them past no more go back to their gates; false where there are none. */
  async #sendBack(hasLapsed: Outlook['hasLapsed']): Promise<boolean> {
    const lapsed = this.living.state.queue.filter((work) => work.kind === 'promotion').filter(({ request }) => hasLapsed(request));
    for (const { request } of lapsed) this.living.state = withdraw(this.living.state, request.requestId);
    const outcome = { kind: 'plan-changed', planHash: '' } as const;
    await Promise.all(lapsed.map((work) => tellRelease(work, { kind: 'ended', outcome, previous: null })));
    return lapsed.length > 0;
  }

  /** Without an outlook it reads the rules in its own turn: a way back waits for nothing else. */
  async #take(outlook: Outlook | { readonly fault: string } | undefined): Promise<void> {
    const { living } = this;
    const { here } = living;
    this.#stopReason = undefined;
    this.#hasBegun = false;
    this.#wantedBack = undefined;
    this.#scope = new CancellationScope();
    living.state = begin(living.state, (generation) => deploymentWorkflowId(here.application, here.environment, generation), now());
    const { running } = living.state;
    if (running === null) return;
    this.onBegin();
    let rules: EnvironmentPolicy | undefined;
    const turn = async (): Promise<DeploymentOutcome> => {
      if (outlook !== undefined && 'fault' in outlook) return { kind: 'failed', reason: outlook.fault, hosts: [] };
      rules = outlook?.policy ?? (await installation.readEnvironment(here));
      return this.#deploy(running.work, rules);
    };
    const outcome = await this.#scope.run(turn).catch((error: unknown) => this.#withoutDeployment(error));
    await this.#end(running, outcome, rules);
  }

  async #deploy(work: Work, policy: EnvironmentPolicy): Promise<DeploymentOutcome> {
    const { living } = this;
    const turn =
      work.kind === 'host'
        ? await hostTurn(living.state, work.request, policy)
        : { deployment: deploymentOf(living.state, policy.hosts, policy.alarms) };
    if ('outcome' in turn) return turn.outcome;
    const wanted = turn.deployment;
    if (wanted === undefined) return { kind: 'failed', reason: 'There was nothing to deploy', hosts: [] };
    if (work.kind === 'promotion' && isOvertaken(work.request, policy)) return { kind: 'plan-changed', planHash: '' };
    if (work.kind === 'promotion' && !(await isTrustedAtTurn(work.request))) return { kind: 'plan-changed', planHash: '' };
    const doubted = doubtedReturn(living.state, work, policy);
    const distrust = doubted && (await this.#distrust(doubted, policy));
    if (distrust !== undefined) return { kind: 'failed', reason: distrust, hosts: [] };
    const { person, reason } = whoAsked(work);
    const isForward = work.kind !== 'rollback';
    const why = `${reason}${trustWords(living.state, work)}`;
    const started = ['deployment-started', `${wanted.id}/started`, person, wanted.release.number, why, knownOf(work)] as const;
    const recorded = isForward ? living.keepSealed(...started) : living.keep(...started);
    // Nothing goes forward without the ledger; a person can still stop a promotion that waits for it.
    if (isForward) await Promise.race([recorded, CancellationScope.current().cancelRequested]);
    this.#hasBegun = true;
    await tellRelease(work, { kind: 'started', deployment: wanted.id });
    const { outcome, orphaned, unwritten } = await runDeployment(wanted);
    for (const entry of unwritten) void living.records.append(entry);
    if (orphaned) this.#putBack(reasonOf(outcome));
    return this.#stopReason !== undefined && (outcome.kind === 'failed' || outcome.kind === 'rolled-back')
      ? { ...outcome, reason: this.#stopReason }
      : outcome;
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
    const reason = isCancellation(error) ? (this.#stopReason ?? 'The deployment was stopped') : failureText(error);
    return { kind: 'failed', reason, hosts: [] };
  }

  async #end(running: Turn, outcome: DeploymentOutcome, rules: EnvironmentPolicy | undefined): Promise<void> {
    const { living } = this;
    const before = living.state.current;
    const previous = before?.release.number ?? null;
    // As it is now: others may have joined it.
    const { work } = living.state.running ?? running;
    const release = releaseOf(running.work).number;
    const takenBack = takenBackBy(living.state, outcome, now());
    const left = leftBy(living.state, outcome, takenBack);
    living.state = watchedBy(finish(living.state, outcome, now(), rules?.bakeMs ?? 0), rules?.alarms ?? []);
    if (isAdopted(outcome) && this.#wantedBack !== undefined && before !== null)
      living.state = enqueueRollback(living.state, this.#wantedBack, before, now());
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.release, value: living.state.current?.release.number ?? null }]);
    const recorded = living.keep(ledgerActionOf(outcome), `${running.deployment}/ended`, 'tidegate', release, reasonOf(outcome));
    if (isAdopted(outcome) && running.work.kind !== 'host') this.#setTags(running, rules?.images);
    living.records.after(recorded, () => tellRelease(running.work, { kind: 'ended', outcome, previous }));
    for (const follower of followersOf(work, outcome, reasonOf(outcome), this.#wantedBack))
      living.records.after(recorded, () => tellFollower(follower));
    if (takenBack !== undefined) living.records.after(recorded, () => desk.tellTakenBack(takenBack));
    if (left !== undefined && patched('ways-back-on-github')) living.records.after(recorded, () => this.#tellGitHub(left));
    await tellQueue(living.state);
  }

  /** Nothing waits for it, and nothing is made of it, so no commit is needed. */
  async #tellGitHub(news: DeploymentNews): Promise<void> {
    const { application, environment } = this.living.here;
    const named = { application, commit: '', context: `environment/${environment}/${news.release}`, release: news.release };
    this.living.github.tell({ ...named, deployments: [news] });
  }

  /** Whether it came by promotion or by rollback: its tags say what the environment runs. */
  #setTags({ work, deployment }: Turn, images: EnvironmentPolicy['images']): void {
    const { living } = this;
    const { environment } = living.here;
    const release = releaseOf(work);
    const wanted = tagsOfRelease(images, environment, release);
    living.tags.set(wanted, `tag release ${release.number} in ${environment}`, (reason) => {
      living.state = withWarning(living.state, deployment, `Tags were not set: ${reason}`);
    });
  }
}
