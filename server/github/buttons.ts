import { createHash } from 'node:crypto';
import { seenWord } from '../../domain/gates/seen.ts';
import type { Account, GitHubEvent } from '../../domain/github/event.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import { findPerson } from '../../domain/people/directory.ts';
import { ignored } from '../inbox/effects.ts';
import { answerOf } from './answer.ts';
import { answerOnce, type Begun } from './answer-once.ts';
import { obey } from './obey.ts';
import type { Reading, TriggeredApplication } from './parts.ts';

type Button = Extract<GitHubEvent, { kind: 'button' }>;

interface Pressed {
  readonly applications: readonly TriggeredApplication[];
  readonly delivery: string;
}

/**
 * Approves or rejects what a check run of ours shows, for the person who pressed its button. GitHub keeps no record of who pressed one, so the delivery is
 * the only witness: it counts where the App's own hook signed it, as every administrator of a repository may know the secret of the others. It has no time and no
 * name of a press: what had no effect is settled so that the next press of the same account counts.
 */
export async function obeyButton(reading: Reading, button: Button, account: Account, pressed: Pressed): Promise<Settlement> {
  const about = subjectOf(button);
  if (about === undefined) return ignored('the button is none of ours');
  if (!reading.isByApp) return ignored(`a button counts only where github.app.webhookSecret proves it; ${toPaste(about)}`);
  const run = await reading.parts.github.checkRun(reading.repository.name, button.checkRun, { signal: reading.signal });
  if (run?.externalId !== button.about) return fruitless('the check run is about something else now');
  if (run.app !== reading.parts.app) return fruitless('the check run is of another App');
  const person = reading.parts.people.get(account.id);
  if (person === undefined || !account.isPerson) return fruitless(`the GitHub account ${account.login} (${account.id}) is nobody's here`);
  const { verb, application, number, stage, seen } = about;
  const command = { verb, release: { application, number }, stage, seen, comment: '', below: [] };
  const changeId = createHash('sha256').update(`button ${verb} ${button.checkRun} ${button.about} ${account.id}`).digest('hex');
  const orderOf = ({ once }: Begun) => ({
    person: findPerson(reading.parts.directory, person),
    known: { authentication: `GitHub account ${account.id} (${account.login}), check run ${button.checkRun}`, requestId: pressed.delivery },
    changeId,
    applications: pressed.applications.map(({ name }) => name),
    once,
  });
  const place = `answer/github/${reading.repository.id}/button/${pressed.delivery}`;
  const { ok, text } = await answerOnce(reading.parts.inbox, place, (begun) =>
    answerOf(() => obey(reading.parts.server, command, orderOf(begun))),
  );
  return { state: 'done', detail: `${person}: ${text}`.slice(0, 1_000), ...(!ok && { isRepeatable: true }) };
}

/** Nothing came of a press: the next one is no repetition. */
function fruitless(why: string): Settlement {
  return { ...ignored(why), isRepeatable: true };
}

/** `shop/12/production/PLAN.RULES`. */
function subjectOf({ action, about }: Button) {
  const [, application, digits, stage, seen] =
    /^([a-z][a-z0-9-]*)\/([1-9]\d{0,8})\/([a-z][a-z0-9-]*)\/([\w:.+-]{8,400})$/.exec(about) ?? [];
  if (application === undefined || stage === undefined || seen === undefined) return undefined;
  if (action !== 'approve' && action !== 'reject') return undefined;
  return { verb: action, application, number: Number(digits), stage, seen } as const;
}

function toPaste({ verb, application, number, stage, seen }: NonNullable<ReturnType<typeof subjectOf>>): string {
  const [planHash = '', policyRevision = ''] = seen.split('.');
  return `write as a comment: /${verb} ${application}#${number} ${stage} ${seenWord({ planHash, policyRevision })}`;
}
