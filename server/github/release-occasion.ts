import { imagesFor, type Trigger } from '../../domain/triggers.ts';
import type { Effect } from '../inbox/effects.ts';
import { type ImageWish, wishForImage } from '../inbox/image-wish.ts';
import { leadsElsewhere } from '../inbox/leads-elsewhere.ts';
import { UnfitRequest } from '../problems.ts';
import { type Starter, startersOf } from './initiator.ts';
import { type Occasion, templatesOf } from './occasion.ts';
import type { Reading, TriggeredApplication } from './parts.ts';
import { isBefore } from './reachable.ts';
import { startTogether } from './start-together.ts';

/** Makes the release of an application that an event asks for, once however often it is told. Throws what registerRelease throws. */
export async function releaseOccasion(
  reading: Reading,
  application: TriggeredApplication,
  occasion: Occasion,
  delivery: string,
): Promise<Effect> {
  if (occasion.application !== undefined && occasion.application !== application.name)
    return none(`${occasion.application} is asked for, not ${application.name}`);
  const found = await fittingTrigger(application, occasion);
  if (typeof found === 'string') return none(found);
  if (occasion.fault !== undefined)
    throw new UnfitRequest(
      'client_payload',
      occasion.fault,
      'send application, ref and images as docs/triggers.md says, or leave them out',
    );
  const newer = await newerThan(reading, application.name, occasion);
  if (newer !== undefined) return none(`${application.name} was released at ${newer.slice(0, 12)} already, which is newer`);
  const wished = await wishOf(reading, application.name, occasion, found);
  if (typeof wished === 'string') return none(wished);
  const { wish, note } = wished;
  const { place, commit } = occasion;
  const about = { application: application.name, commit: wish.commit, delivery };
  const starters = await startersOf(reading, await occasion.actors(), about);
  const { record, created } = await startTogether(reading.parts, wish, starters);
  if (place !== undefined && commit !== undefined) await reading.parts.inbox.setHead(`${application.name} ${place}`, commit);
  const more = created ? unprovedNote(starters, `${application.name}#${record.number}`) : ', which was there already';
  return { kind: 'release', detail: `release ${record.number} of ${application.name}${note}${more}` };
}

/** What to do now, and what to set up so that it need not be done again. */
function unprovedNote(starters: readonly Starter[], release: string): string {
  const unproved = starters.find(({ mover }) => mover.isUnproved === true);
  if (unproved === undefined) return '';
  const { mover, login } = unproved;
  const to = mover.environments?.join(', ') || 'no environment';
  const way = `'tidegate promote ${release} --to STAGE' takes it further, and what the GitHub App's own webhook tells of (github.app.webhookSecret) goes further by itself`;
  return `; by itself it goes to ${to} alone, as only the delivery says that ${login} set it off: ${way}`;
}

async function fittingTrigger({ name, triggers }: TriggeredApplication, occasion: Occasion): Promise<Trigger | string> {
  let nearest = `no trigger of ${name} is for ${occasion.on}`;
  for (const trigger of triggers.filter(({ on }) => on === occasion.on)) {
    const objection = await occasion.objection(trigger);
    if (objection === undefined) return trigger;
    nearest = objection;
  }
  return nearest;
}

/** The commit of the branch that was released last, where this one leads there: whoever is late does not take it back. */
async function newerThan(reading: Reading, application: string, { place, commit }: Occasion): Promise<string | undefined> {
  if (place === undefined || commit === undefined) return undefined;
  const last = await reading.parts.inbox.head(`${application} ${place}`);
  if (last === undefined || last === commit) return undefined;
  return (await isBefore(reading, commit, last)) ? last : undefined;
}

async function wishOf(reading: Reading, application: string, occasion: Occasion, trigger: Trigger): Promise<ImageWish | string> {
  const { commit, image, images, ref } = occasion;
  const { server } = reading.parts;
  if (image !== undefined) return (await leadsElsewhere(server, image)) ?? wishForImage(server, application, image, reading.isYoung);
  const templates = commit === undefined ? undefined : templatesOf(trigger);
  const filled = templates === undefined || commit === undefined ? images : imagesFor(templates, commit, tagOf(ref));
  return { wish: { application, ...(commit !== undefined && { commit }), ...(filled !== undefined && { images: filled }) }, note: '' };
}

function tagOf(ref: Occasion['ref']): string | undefined {
  return ref?.kind === 'tag' ? ref.name : undefined;
}

function none(detail: string): Effect {
  return { kind: 'none', detail };
}
