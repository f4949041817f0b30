import { planWord } from '../../domain/gates/seen.ts';
import type { Command, ReleaseWord } from '../../domain/github/command.ts';
import type { KnownBy } from '../../domain/people/known-by.ts';
import type { Person } from '../../domain/people/person.ts';
import { requireForStage, requireOf, requireSomewhere } from '../authorise.ts';
import { castVote } from '../cast-vote.ts';
import { list, requireEnvironment } from '../catalogue.ts';
import { explainRelease } from '../explain-release.ts';
import { findRelease, stageOfRelease } from '../find-release.ts';
import { knownBlocks } from '../known-blocks.ts';
import type { ActingParts } from '../ports.ts';
import { UnfitRequest } from '../problems.ts';
import { promote } from '../promote.ts';
import type { Begun } from './answer-once.ts';
import { explanationText } from './explanation-text.ts';
import { voteOf } from './vote.ts';

/** Who commands, what makes a repeated command find the first, and which applications the comment's repository is of. */
export interface Order {
  readonly person: Person;
  readonly known: KnownBy;
  readonly changeId: string;
  readonly applications: readonly string[];
  readonly once: Begun['once'];
}

/** Does what a comment asks for, as the API would for the same person. Answers in a sentence. Throws what the API throws. */
export function obey(parts: ActingParts, command: Command, order: Order): Promise<string> {
  switch (command.verb) {
    case 'approve':
    case 'reject':
      return vote(parts, command, order);
    case 'promote':
      return promoteTo(parts, command, order);
    case 'rollback':
      return rollBack(parts, command, order);
    case 'explain':
      return explain(parts, command, order);
  }
}

async function vote(parts: ActingParts, command: Extract<Command, { seen: string }>, order: Order): Promise<string> {
  const application = applicationOf(command.release, order);
  // Before anything is said of what there is.
  requireSomewhere(order.person, 'vote', { application });
  const record = await findRelease(parts, application, command.release.number);
  const stage = await stageOfRelease(parts.engine, record, command.stage);
  requireForStage(order.person, 'vote', application, stage);
  const message = await order.once(() => voteOf(command, stage, order));
  await castVote(parts.engine, record, message, order.changeId);
  const plan = planWord(message.planHash ?? '');
  return `${command.verb === 'approve' ? 'Approved' : 'Rejected'} ${command.stage} of ${application}#${record.number} for ${order.person.name}, with plan ${plan}.`;
}

async function promoteTo(parts: ActingParts, command: Extract<Command, { verb: 'promote' }>, order: Order): Promise<string> {
  const application = applicationOf(command.release, order);
  requireSomewhere(order.person, 'promote', { application });
  const record = await findRelease(parts, application, command.release.number);
  requireForStage(order.person, 'promote', application, await stageOfRelease(parts.engine, record, command.stage));
  const wish = { stage: command.stage, known: order.known, reason: command.reason };
  await promote(parts, record, order.person, wish, order.changeId);
  return `${application}#${record.number} is on its way through ${command.stage}.`;
}

async function rollBack(parts: ActingParts, command: Extract<Command, { verb: 'rollback' }>, order: Order): Promise<string> {
  const application = applicationOf(command, order);
  const { environment, to, reason } = command;
  requireOf(order.person, 'roll-back', { application, environment });
  requireEnvironment(parts, application, environment);
  const blocks = await knownBlocks(parts, application, environment);
  const request = {
    reason,
    person: order.person.name,
    known: order.known,
    ...(to !== undefined && { to }),
    ...(blocks.length > 0 && { blocks }),
  };
  const answer = await parts.engine.rollback(application, environment, request, order.changeId);
  return `${application} in ${environment} returns from release ${answer.from} to ${answer.to}.`;
}

async function explain(parts: ActingParts, command: Extract<Command, { verb: 'explain' }>, order: Order): Promise<string> {
  const application = applicationOf(command.release, order);
  requireOf(order.person, 'look', { application });
  const { number } = command.release;
  const explained = await explainRelease(parts, application, number, command.stage);
  const status = await parts.engine.releaseStatus(application, number);
  return explanationText(`${application}#${number}`, explained, status.stages);
}

/** The application that is named, or the only one. Others are not spoken of here. Throws UnfitRequest. */
function applicationOf({ application }: Partial<ReleaseWord>, { applications }: Order): string {
  if (application !== undefined && applications.includes(application)) return application;
  const [only, ...more] = applications;
  if (application === undefined && only !== undefined && more.length === 0) return only;
  throw new UnfitRequest(
    'release',
    'Which application is meant is not clear',
    `this repository is of ${list(applications)}: write ${only ?? 'NAME'}#1, say`,
  );
}
