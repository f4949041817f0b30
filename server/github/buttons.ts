import { createHash } from 'node:crypto';
import type { Account, GitHubEvent } from '../../domain/github/event.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import { findPerson } from '../../domain/people/directory.ts';
import { answerOf } from './answer.ts';
import { obey } from './obey.ts';
import type { Reading, TriggeredApplication } from './parts.ts';

type Button = Extract<GitHubEvent, { kind: 'button' }>;

/** Approves what a check run of ours shows, for the person who pressed its button. GitHub tells of a button to the app alone whose check run it is. */
export async function obeyButton(
  reading: Reading,
  button: Button,
  account: Account,
  { applications, delivery }: { readonly applications: readonly TriggeredApplication[]; readonly delivery: string },
): Promise<Settlement> {
  const about = subjectOf(button);
  if (about === undefined) return ignored('the button is none of ours');
  const run = await reading.parts.github.checkRun(reading.repository.name, button.checkRun, { signal: reading.signal });
  if (run?.externalId !== button.about) return ignored('the check run is about something else now');
  const person = reading.parts.people.get(account.id);
  if (person === undefined || !account.isPerson) return ignored(`the GitHub account ${account.login} (${account.id}) is nobody's here`);
  const { application, number, stage, plan } = about;
  const command = { verb: 'approve' as const, release: { application, number }, stage, plan, reason: '' };
  const order = {
    person: findPerson(reading.parts.directory, person),
    known: { authentication: `GitHub account ${account.id} (${account.login}), check run ${button.checkRun}`, requestId: delivery },
    changeId: createHash('sha256').update(`button ${button.checkRun} ${button.about} ${account.id}`).digest('hex'),
    applications: applications.map(({ name }) => name),
  };
  const { text } = await answerOf(() => obey(reading.parts.server, command, order));
  return { state: 'done', detail: `${person}: ${text}`.slice(0, 1_000) };
}

/** `shop/12/production/PLAN`. */
function subjectOf({ action, about }: Button) {
  const [, application, digits, stage, plan] = /^([a-z][a-z0-9-]*)\/([1-9]\d{0,8})\/([a-z][a-z0-9-]*)\/(.{8,200})$/.exec(about) ?? [];
  if (action !== 'approve' || application === undefined || stage === undefined || plan === undefined) return undefined;
  return { application, number: Number(digits), stage, plan };
}

function ignored(detail: string): Settlement {
  return { state: 'ignored', detail };
}
