import type { GitHubParts } from './parts.ts';

/**
 * What a delivery that starts releases was about, for later ones of the same. The App's own hook proves who set something off: where another hook told of it
 * before, maybe in somebody else's name, the App's delivery still has its effect.
 */
export function wordsOf(subject: string, isByApp: boolean): string {
  return subject === '' || isByApp ? subject : `${subject} unproved`;
}

/** The delivery that told the same before, and proved as much; undefined where none did. */
export async function toldBefore(inbox: Pick<GitHubParts['inbox'], 'handled'>, subject: string, isByApp: boolean) {
  if (subject === '') return undefined;
  return (await inbox.handled(subject)) ?? (isByApp ? undefined : await inbox.handled(wordsOf(subject, isByApp)));
}
