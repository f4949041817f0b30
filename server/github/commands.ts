import { createHash } from 'node:crypto';
import type { IssueComment } from '../../adapters/github/reads.ts';
import { type Misspelt, parseCommand } from '../../domain/github/command.ts';
import type { Account, GitHubEvent } from '../../domain/github/event.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import { findPerson } from '../../domain/people/directory.ts';
import { NotThereYet } from '../inbox/not-there-yet.ts';
import { type Answer, answerOf } from './answer.ts';
import { answerOnce, type Begun } from './answer-once.ts';
import { obey } from './obey.ts';
import type { Reading, TriggeredApplication } from './parts.ts';

type Commented = Extract<GitHubEvent, { kind: 'comment' }>;

/**
 * Does what a comment asks for, once, and answers it with a reaction and a reply. The comment is read again: only as it was first written, by a person
 * whose account is somebody's here, does it count. Strangers and robots are not answered. Throws NotThereYet.
 */
export async function obeyComment(
  reading: Reading,
  { id, issue, body }: Commented,
  applications: readonly TriggeredApplication[],
  delivery: string,
): Promise<Settlement> {
  const comment = await reading.parts.github.comment(reading.repository.name, id, { signal: reading.signal });
  if (comment === undefined) throw new NotThereYet('the comment is gone');
  const author = authorOf(comment, body);
  if (typeof author === 'string') return { state: 'ignored', detail: author };
  const names = applications.map(({ name }) => name);
  const command = parseCommand(comment.body, names);
  if (command === undefined) return { state: 'ignored', detail: 'the comment is no command' };
  const person = reading.parts.people.get(author.id);
  if (person === undefined) return { state: 'ignored', detail: `the GitHub account ${author.login} (${author.id}) is nobody's here` };
  const subject = subjectOf(reading, id);
  const answer = await answerOnce(reading.parts.inbox, `answer/${subject}`, async (begun) => {
    if ('form' in command) return misspelt(command);
    if (command.verb !== 'explain' && isOld(begun.isResumed ? begun.at : Date.parse(comment.createdAt)))
      return begun.isResumed ? INTERRUPTED : TOO_OLD;
    return answerOf(() => obey(reading.parts.server, command, orderOf(person, author, begun)));
  });
  const untold = await told(reading, { id, issue, comment, author }, answer);
  return { state: 'done', detail: `${person}: ${answer.text}${untold}`.slice(0, 1_000), subject };

  function orderOf(name: string, account: Account, { once }: Begun) {
    const known = { authentication: `GitHub account ${account.id} (${account.login}), comment ${id}`, requestId: delivery };
    const changeId = createHash('sha256').update(subject).digest('hex');
    return { person: findPerson(reading.parts.directory, name), known, changeId, applications: names, once };
  }
}

function subjectOf({ repository }: Reading, comment: number): string {
  return `github/${repository.id}/comment/${comment}`;
}

/** Why a comment commands nothing, whoever is named in it. */
function authorOf({ author, isEdited, isByApp, body }: IssueComment, told: string): Account | string {
  if (author === undefined) return 'nobody can tell who wrote the comment';
  if (!author.isPerson || isByApp) return 'a bot commands nothing';
  // GitHub's times are of whole seconds: what somebody else edits within that of its writing looks like never edited.
  return isEdited || withPlainEnds(body) !== withPlainEnds(told)
    ? 'the comment was edited: what it says now is not what was written'
    : author;
}

/** Lines end in two ways, and which one is told may differ. */
function withPlainEnds(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}

/** As long as a person waits before looking; what is older was written about something else than what is there now. */
const FRESH_MS = 15 * 60_000;

const TOO_OLD: Answer = {
  ok: false,
  text: 'Your comment came in more than 15 minutes after it was written, and did nothing: write it again.',
};

/** It may have had its effect before what kept it from its end: nothing is done that nobody waits for any more. */
const INTERRUPTED: Answer = {
  ok: false,
  text: 'Your comment could not be obeyed to its end within 15 minutes: see with /explain whether it had an effect before you write it again.',
};

function isOld(since: number): boolean {
  return !(Date.now() - since < FRESH_MS);
}

/** What was done stays done where GitHub refuses to have it told: a note of it. Throws where GitHub does not answer. */
async function told(...asked: Parameters<typeof tell>): Promise<string> {
  try {
    await tell(...asked);
    return '';
  } catch (error) {
    if (error instanceof Error && error.name === 'GitHubRefused') return ` (Nobody was told: ${error.message})`;
    throw error;
  }
}

function misspelt({ form, isOneOfSeveral }: Misspelt): Answer {
  if (isOneOfSeveral)
    return { ok: false, text: 'There are several commands in your comment, and none was done: write a comment for each.' };
  return {
    ok: false,
    text: `It is written \`${form}\`. RELEASE is as in \`shop#12\`, SEEN what you saw of plan and rules, as /explain writes it.`,
  };
}

/** A reply that was given before its delivery was settled is found by its mark. */
async function tell(
  { parts, repository, signal }: Reading,
  asked: { readonly id: number; readonly issue: number; readonly comment: IssueComment; readonly author: Account },
  { ok, text }: Answer,
): Promise<void> {
  const mark = `<!-- tidegate comment ${asked.id} -->`;
  await parts.github.react(repository.name, asked.id, ok ? '+1' : 'confused', { signal });
  const replies = await parts.github.replies(repository.name, asked.issue, asked.comment.createdAt, { signal });
  if (replies.some((reply) => reply.includes(mark))) return;
  await parts.github.reply(repository.name, asked.issue, `@${asked.author.login} ${text}\n\n${mark}`, { signal });
}
