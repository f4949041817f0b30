import type { Account, GitHubEvent } from '../../domain/github/event.ts';
import { isFor, type PushTrigger, refObjection, type Trigger } from '../../domain/triggers.ts';
import { NotThereYet } from '../inbox/not-there-yet.ts';
import { pushersOf } from './actor.ts';
import type { Occasion } from './occasion.ts';
import type { Reading } from './parts.ts';
import { onBranch } from './reachable.ts';

type Push = Extract<GitHubEvent, { kind: 'push' }>;

const NOTHING = /^0+$/;

/**
 * What a push has come to. A branch's commit counts while the branch has it; whoever pushed meanwhile is told by a delivery of their own, and is
 * the initiator of that. A tag counts while it is what was pushed.
 */
export async function readPush(reading: Reading, push: Push, sender: Account): Promise<Occasion | string> {
  const read = push.ref.kind === 'branch' ? await readBranch(reading, push) : await readTag(reading, push);
  if (typeof read === 'string') return read;
  const actors = () => pushersOf(reading, push, sender);
  return { on: 'push', ...read, ref: push.ref, actors, objection: (trigger) => objectionOf(trigger, reading, push, read.commit) };
}

async function readBranch(
  reading: Reading,
  { ref, commit }: Push,
): Promise<(Pick<Occasion, 'place'> & { readonly commit: string }) | string> {
  const gone = await onBranch(reading, ref.name, commit);
  return gone ?? { commit, place: `${reading.repository.id}/heads/${ref.name}` };
}

async function readTag(
  { parts, repository, signal }: Reading,
  { ref, commit: pushed }: Push,
): Promise<{ readonly commit: string } | string> {
  const target = await parts.github.target(repository.name, `tags/${ref.name}`, { signal });
  if (target === undefined) throw new NotThereYet(`the tag ${ref.name} is gone`);
  if (target !== pushed) throw new NotThereYet(`the tag ${ref.name} has been moved since`);
  const commit = await parts.github.commit(repository.name, `tags/${ref.name}`, { signal });
  return commit === undefined ? `the tag ${ref.name} names no commit` : { commit };
}

async function objectionOf(trigger: Trigger, reading: Reading, push: Push, commit: string): Promise<string | undefined> {
  if (trigger.on !== 'push') return 'it is for something else';
  return (
    refObjection(trigger, push.ref) ?? (await pathObjection(trigger, reading, push)) ?? (await labelObjection(trigger, reading, commit))
  );
}

/** Where GitHub cannot tell all that a push changed, it may have changed what the trigger is for. */
async function pathObjection({ paths }: PushTrigger, { parts, repository, signal }: Reading, { before, commit, ref }: Push) {
  if (paths === undefined || ref.kind === 'tag' || NOTHING.test(before)) return undefined;
  const files = (await parts.github.compare(repository.name, before, commit, { signal }))?.files;
  if (files === undefined || files.some((file) => isFor(paths, file))) return undefined;
  return `no trigger is for any of the ${files.length} files that it changed`;
}

async function labelObjection({ labels }: PushTrigger, { parts, repository, signal }: Reading, commit: string) {
  if (labels === undefined) return undefined;
  const found = await parts.github.labels(repository.name, commit, { signal });
  return found.some((label) => labels.includes(label)) ? undefined : `no pull request that brought it has the label ${labels.join(' or ')}`;
}
