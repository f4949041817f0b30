import type { Answer } from './answer.ts';
import type { GitHubParts } from './parts.ts';

/** A command that is being obeyed, by a server that may die before it has answered: the next one goes on with the very same. */
export interface Begun {
  /** When it was begun for the first time, in milliseconds since the epoch. */
  readonly at: number;
  readonly isResumed: boolean;
  /** What the command comes to, made up once: what it was made of may have changed by its own effect. */
  once<Made>(make: () => Made): Promise<Made>;
}

const BEGUN = '?';

/**
 * Answers a command once: what was answered is what is told, however often telling has to be tried, as by then the stage may no longer wait. `place` names the
 * command in the inbox. Throws what `act` throws; it is begun again then.
 */
export async function answerOnce(inbox: GitHubParts['inbox'], place: string, act: (begun: Begun) => Promise<Answer>): Promise<Answer> {
  const kept = await inbox.head(place);
  if (kept !== undefined && !kept.startsWith(BEGUN)) return { ok: kept.startsWith('+'), text: kept.slice(1) };
  const before = kept === undefined ? undefined : (JSON.parse(kept.slice(1)) as { readonly at: number; readonly made?: unknown });
  const at = before?.at ?? Date.now();
  const keep = (made?: unknown) => inbox.setHead(place, `${BEGUN}${JSON.stringify({ at, made })}`);
  if (before === undefined) await keep();
  const once = async <Made>(make: () => Made): Promise<Made> => {
    if (before?.made !== undefined) return before.made as Made;
    const made = make();
    await keep(made);
    return made;
  };
  const answer = await act({ at, isResumed: before !== undefined, once });
  await inbox.setHead(place, `${answer.ok ? '+' : '-'}${answer.text}`);
  return answer;
}
