import { type Digest, shortDigest } from './digest.ts';
import type { Age } from './retention-age.ts';
import type { Bond } from './retention-contents.ts';
import type { ProtectionReason } from './retention-protection.ts';
import type { KeepRule } from './retention-rules.ts';

export type KeepReason =
  | ProtectionReason
  | { readonly kind: 'build-under-way'; readonly tag: string; readonly application: string; readonly release: number }
  | { readonly kind: 'no-rule' }
  | { readonly kind: 'tag-fits'; readonly tag: string; readonly pattern: string }
  | { readonly kind: 'tag-held'; readonly tag: string }
  | { readonly kind: 'recent-release'; readonly application: string; readonly release: number; readonly among: number }
  | { readonly kind: 'recent-image'; readonly among: number }
  | { readonly kind: 'young'; readonly age: Age; readonly days: number }
  | { readonly kind: 'age-unknown'; readonly said?: string }
  | { readonly kind: 'goes-with'; readonly bond: Bond; readonly lead: Digest }
  /** A name that the registry lists and holds nothing under. */
  | { readonly kind: 'names-nothing' }
  | { readonly kind: 'outdated' }
  | { readonly kind: 'unreadable'; readonly why: string }
  /** Something here cannot be read, and may need this. */
  | { readonly kind: 'may-be-needed'; readonly by: string }
  /** Nothing that is known leads here. */
  | { readonly kind: 'stray'; readonly subject?: Digest };

export type DeleteReason =
  | { readonly kind: 'past-rules'; readonly age: Age; readonly rule: KeepRule }
  | { readonly kind: 'tag-past-rules'; readonly rule: KeepRule }
  | { readonly kind: 'goes-with-deleted'; readonly bond: Bond; readonly lead: Digest };

/** One reason in words that follow "kept: " or "deleted: ". */
export function printReason(reason: KeepReason | DeleteReason): string {
  switch (reason.kind) {
    case 'deployed':
      return `runs in ${reason.environment} as release ${reason.release} of ${reason.application}`;
    case 'rollback-reach':
      return `${reason.application} in ${reason.environment} can be rolled back to it, release ${reason.release}`;
    case 'deploying':
      return `release ${reason.release} of ${reason.application} is being deployed to ${reason.environment}`;
    case 'queued':
      return `release ${reason.release} of ${reason.application} waits for its turn in ${reason.environment}`;
    case 'left-behind':
      return `host ${reason.host} was left behind in ${reason.environment} with release ${reason.release} of ${reason.application}`;
    case 'last-attempt':
      return `release ${reason.release} of ${reason.application} was the last attempt in ${reason.environment}, and hosts may still have it`;
    case 'under-way':
      return `release ${reason.release} of ${reason.application} is under way`;
    case 'build-under-way':
      return `tag ${reason.tag} is of the commit of release ${reason.release} of ${reason.application}, which is under way`;
    case 'held':
      return 'held in tidegate.yaml';
    case 'tag-held':
      return `tag ${reason.tag} is held in tidegate.yaml`;
    case 'router':
      return 'the router of every host';
    case 'no-rule':
      return 'no rule is for this repository';
    case 'tag-fits':
      return `tag ${reason.tag} is kept by name (${reason.pattern})`;
    case 'recent-release':
      return `release ${reason.release} of ${reason.application} is among the last ${reason.among}`;
    case 'recent-image':
      return `among the last ${reason.among} images that no release has`;
    case 'young':
      return `${printAge(reason.age)}, not more than ${days(reason.days)} ago`;
    case 'age-unknown':
      return reason.said === undefined
        ? 'nobody can tell its age, and no release has it'
        : `nobody can tell its age: it says ${reason.said}, and no release has it`;
    case 'goes-with':
      return `${BONDS[reason.bond]} ${shortDigest(reason.lead)}, which is kept`;
    case 'names-nothing':
      return 'the registry lists it and holds nothing there';
    case 'outdated':
      return "of Docker's first schema, which is not judged";
    case 'unreadable':
      return `cannot be read: ${reason.why}`;
    case 'may-be-needed':
      return `${reason.by} cannot be read, and may need it`;
    case 'stray':
      return reason.subject === undefined
        ? 'nobody knows what it belongs to'
        : `belongs to ${shortDigest(reason.subject)}, which is not in this repository`;
    case 'past-rules':
      return [printAge(reason.age), ...missed(reason.rule)].join('; ');
    case 'tag-past-rules':
      return ['its image stays without this name', ...missed(reason.rule)].join('; ');
    case 'goes-with-deleted':
      return `${BONDS[reason.bond]} ${shortDigest(reason.lead)}, which is deleted`;
  }
}

const BONDS: Readonly<Record<Bond, string>> = { child: 'part of', referrer: 'refers to', attached: 'attached by its tag to' };

function printAge(age: Age): string {
  if (age.kind === 'unknown') return 'of unknown age';
  const day = new Date(age.at).toISOString().slice(0, 10);
  return age.kind === 'created' ? `made ${day}` : `released ${day} as release ${age.release} of ${age.application}`;
}

/** What the rule would have kept. */
function missed({ releases, days: limit, tags }: KeepRule): string[] {
  return [
    ...(limit === undefined ? [] : [`older than ${days(limit)}`]),
    ...(releases === undefined ? [] : [`not among the last ${releases}`]),
    tags.length === 0 ? 'no tag is kept by name' : `no tag fits ${tags.join(' or ')}`,
  ];
}

function days(count: number): string {
  return count === 1 ? 'a day' : `${count} days`;
}
