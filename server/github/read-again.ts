import type { Account, GitHubEvent } from '../../domain/github/event.ts';
import { isFor, refObjection, type Trigger } from '../../domain/triggers.ts';
import { NotThereYet } from '../inbox/not-there-yet.ts';
import { type Actors, pushersOf, recordedActor, toldActor } from './actor.ts';
import type { Occasion } from './occasion.ts';
import type { Reading } from './parts.ts';
import { onBranch } from './reachable.ts';
import { readPush } from './read-push.ts';

/** Where GitHub says that a branch was made. */
const NOTHING = '0'.repeat(40);

/** Events that can set off releases. */
export type ReleasingEvent = Exclude<GitHubEvent, { kind: 'comment' | 'button' | 'protection' }>;

/** Reads at GitHub what a delivery told, as it is there now. In words where nothing follows from it. Throws NotThereYet. */
export async function readAgain(reading: Reading, event: ReleasingEvent, sender: Account): Promise<Occasion | string> {
  switch (event.kind) {
    case 'push':
      return readPush(reading, event, sender);
    case 'create':
      return readCreated(reading, event, sender);
    case 'release':
      return readRelease(reading, event, sender);
    case 'workflow_run':
      return readRun(reading, event, sender);
    case 'check_suite':
      return readSuite(reading, event, sender);
    case 'package':
      return {
        on: 'package',
        actors: () => [toldActor(reading, sender)],
        image: event.image,
        objection: (trigger) =>
          only(trigger, 'package', ({ tags }) =>
            isFor(tags, event.image.tag) ? undefined : `no trigger is for the tag ${event.image.tag}`,
          ),
      };
    case 'repository_dispatch':
      return readDispatch(reading, event, sender);
    case 'deployment':
      return readDeployment(reading, event, sender);
  }
}

/** The judgement of a trigger of one kind. */
function only<On extends Trigger['on']>(
  trigger: Trigger,
  on: On,
  judge: (trigger: Extract<Trigger, { on: On }>) => string | undefined,
): string | undefined {
  return trigger.on === on ? judge(trigger as Extract<Trigger, { on: On }>) : 'it is for something else';
}

async function readCreated(reading: Reading, { ref }: Extract<GitHubEvent, { kind: 'create' }>, sender: Account) {
  const { parts, repository, signal } = reading;
  const commit = await parts.github.commit(repository.name, `${folderOf(ref.kind)}/${ref.name}`, { signal });
  if (commit === undefined) throw new NotThereYet(`the ${ref.kind} ${ref.name} is gone`);
  return {
    on: 'create' as const,
    commit,
    ref,
    // What is released is where it leads now: whoever brought it there.
    actors: () => pushersOf(reading, { ref, commit, before: NOTHING }, sender),
    objection: (trigger: Trigger) => only(trigger, 'create', (one) => refObjection(one, ref)),
  };
}

async function readRelease(reading: Reading, { id }: Extract<GitHubEvent, { kind: 'release' }>, sender: Account) {
  const { parts, repository, signal } = reading;
  const release = await parts.github.release(repository.name, id, { signal });
  if (release === undefined) throw new NotThereYet('the release is gone from GitHub');
  if (release.isDraft) return 'the release is a draft again';
  const commit = await parts.github.commit(repository.name, `tags/${release.tag}`, { signal });
  if (commit === undefined) throw new NotThereYet(`the tag ${release.tag} is gone`);
  const objection = (trigger: Trigger) =>
    only(trigger, 'release', ({ tags, prereleases }) => {
      if (release.isPrerelease && !prereleases) return 'no trigger is for prereleases';
      return isFor(tags, release.tag) ? undefined : `no trigger is for the tag ${release.tag}`;
    });
  const ref = { kind: 'tag' as const, name: release.tag };
  return { on: 'release' as const, commit, ref, actors: (): Actors => [toldActor(reading, sender)], objection };
}

async function readRun(reading: Reading, { id }: Extract<GitHubEvent, { kind: 'workflow_run' }>, sender: Account) {
  const { parts, repository, signal } = reading;
  const run = await parts.github.workflowRun(repository.name, id, { signal });
  if (run === undefined) throw new NotThereYet('the workflow run is gone');
  // A fork's pull request runs here with a branch of any name: nothing of a fork is released.
  if (run.headRepository !== repository.id) return 'the workflow ran for another repository: nothing of a fork is released';
  const gone = await onBranchOrTag(reading, run.branch, run.commit);
  if (gone !== undefined) return gone;
  const objection = (trigger: Trigger) =>
    only(trigger, 'workflow_run', ({ workflows, branches, conclusions }) => {
      if (workflows !== undefined && !workflows.includes(run.name)) return `no trigger is for the workflow ${run.name}`;
      if (!conclusions.includes(run.conclusion)) return `no trigger is for a workflow that ended with ${run.conclusion || 'nothing'}`;
      return isFor(branches, run.branch) ? undefined : `no trigger is for the branch ${run.branch}`;
    });
  const ref = { kind: 'branch' as const, name: run.branch };
  return {
    on: 'workflow_run' as const,
    commit: run.commit,
    ref,
    // Whoever has it run again has pushed nothing: those who did have started its release all the same.
    actors: async (): Promise<Actors> => [
      ...(await pushersOf(reading, { ref, commit: run.commit }, sender)),
      ...run.actors.map((actor) => recordedActor(reading, actor, sender)),
    ],
    ...placeOf(reading, run.branch),
    objection,
  };
}

async function readSuite(reading: Reading, { id }: Extract<GitHubEvent, { kind: 'check_suite' }>, sender: Account) {
  const { parts, repository, signal } = reading;
  const suite = await parts.github.checkSuite(repository.name, id, { signal });
  if (suite === undefined) throw new NotThereYet('the check suite is gone');
  if (suite.repository !== repository.id || suite.branch === '')
    return 'the check suite is of no branch here: nothing of a fork is released';
  const gone = await onBranch(reading, suite.branch, suite.commit);
  if (gone !== undefined) return gone;
  const objection = (trigger: Trigger) =>
    only(trigger, 'check_suite', ({ apps, branches, conclusions }) => {
      if (apps !== undefined && !apps.includes(suite.app)) return `no trigger is for checks of ${suite.app}`;
      if (!conclusions.includes(suite.conclusion)) return `no trigger is for checks that ended with ${suite.conclusion || 'nothing'}`;
      return isFor(branches, suite.branch) ? undefined : `no trigger is for the branch ${suite.branch}`;
    });
  const ref = { kind: 'branch' as const, name: suite.branch };
  return {
    on: 'check_suite' as const,
    commit: suite.commit,
    ref,
    actors: () => pushersOf(reading, { ref, commit: suite.commit }, sender),
    ...placeOf(reading, suite.branch),
    objection,
  };
}

async function readDispatch(reading: Reading, { type, wish }: Extract<GitHubEvent, { kind: 'repository_dispatch' }>, sender: Account) {
  const wanted = wish.ref ?? reading.repository.defaultBranch;
  const commit = await resolve(reading, wanted);
  if (commit === undefined) throw new NotThereYet(`${wanted} is no branch or tag, and no commit of ${reading.repository.defaultBranch}`);
  const objection = (trigger: Trigger) =>
    only(trigger, 'repository_dispatch', ({ types }) => (types.includes(type) ? undefined : `no trigger is for ${type}`));
  const { images, application, fault } = wish;
  return {
    on: 'repository_dispatch' as const,
    commit,
    actors: (): Actors => [toldActor(reading, sender)],
    ...(images !== undefined && { images }),
    ...(fault !== undefined && { fault }),
    ...(application !== undefined && { application }),
    objection,
  };
}

async function readDeployment(reading: Reading, { id }: Extract<GitHubEvent, { kind: 'deployment' }>, sender: Account) {
  const { parts, repository, signal } = reading;
  const deployment = await parts.github.deployment(repository.name, id, { signal });
  if (deployment === undefined) throw new NotThereYet('the deployment is gone from GitHub');
  // Its commit can be one of a fork; the ref must lead there.
  const commit = await resolve(reading, deployment.ref);
  if (commit === undefined) throw new NotThereYet(`${deployment.ref} is no branch or tag, and no commit of ${repository.defaultBranch}`);
  if (commit !== deployment.commit) return `${deployment.ref} has moved on since the deployment was asked for`;
  const objection = (trigger: Trigger) =>
    only(trigger, 'deployment', ({ environments }) =>
      environments.includes(deployment.environment) ? undefined : `no trigger is for deployments to ${deployment.environment}`,
    );
  const actors = (): Actors => [recordedActor(reading, deployment.creator, sender)];
  return { on: 'deployment' as const, commit, actors, objection };
}

/** A workflow that a tag set off is told of with the tag as its branch. */
async function onBranchOrTag(reading: Reading, name: string, commit: string): Promise<string | undefined> {
  const { parts, repository, signal } = reading;
  if (name !== '' && (await parts.github.commit(repository.name, `heads/${name}`, { signal })) === undefined) {
    const tagged = await parts.github.commit(repository.name, `tags/${name}`, { signal });
    if (tagged === commit) return 'the workflow ran for a tag: let a push trigger with tags release it, or workflow_run of a branch';
  }
  return onBranch(reading, name, commit);
}

/** A branch, a tag, or a commit that the default branch leads to: GitHub shows those of forks too. */
async function resolve(reading: Reading, reference: string): Promise<string | undefined> {
  const { parts, repository, signal } = reading;
  if (!/^[0-9a-f]{40}$/.test(reference)) {
    const name = reference.replace(/^refs\/(heads|tags)\//, '');
    const branch = await parts.github.commit(repository.name, `heads/${name}`, { signal });
    return branch ?? parts.github.commit(repository.name, `tags/${name}`, { signal });
  }
  return (await onBranch(reading, repository.defaultBranch, reference)) === undefined ? reference : undefined;
}

export function folderOf(kind: 'branch' | 'tag'): 'heads' | 'tags' {
  return kind === 'branch' ? 'heads' : 'tags';
}

function placeOf({ repository }: Reading, branch: string) {
  return { place: `${repository.id}/heads/${branch}` };
}
