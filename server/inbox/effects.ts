import type { Settlement } from '../../domain/inbox/delivery.ts';
import { OutsideUnavailable, RequestProblem } from '../problems.ts';

/** What became of a delivery for one application; `none` says why nothing did, `fault` what somebody has to mend. */
export interface Effect {
  readonly kind: 'release' | 'none' | 'fault';
  readonly detail: string;
}

/** One application's fault keeps no other from its effect: it is told of once all had their turn. Throws what does not answer, then too. */
export async function eachByItself<One>(all: readonly One[], act: (one: One) => Promise<Effect>): Promise<readonly Effect[]> {
  const tried: (Effect | Error)[] = [];
  // One after the other: two of them asking for the same at once would be told so.
  for (const one of all) tried.push(await tryOne(() => act(one)));
  const silent = tried.find((effect) => effect instanceof Error);
  if (silent !== undefined) throw silent;
  return tried.flatMap((effect) => (effect instanceof Error ? [] : [effect]));
}

async function tryOne(act: () => Promise<Effect>): Promise<Effect | Error> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RequestProblem && !(error instanceof OutsideUnavailable))
      return { kind: 'fault', detail: `${error.message}; ${error.hint}` };
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What a delivery comes to by all its effects; `subject` is what it was about where another delivery of the same is to be ignored, else empty. */
export function settled(effects: readonly Effect[], subject = ''): Settlement {
  if (effects.some(({ kind }) => kind === 'fault'))
    return { state: 'parked', detail: detailsOf(effects.filter(({ kind }) => kind !== 'none')) };
  const made = effects.filter(({ kind }) => kind === 'release');
  if (made.length === 0) return ignored(detailsOf(effects));
  return { state: 'done', detail: detailsOf(made), ...(subject !== '' && { subject }) };
}

/** Nothing is done, for this reason. */
export function ignored(detail: string) {
  return { state: 'ignored', detail } as const satisfies Settlement;
}

function detailsOf(effects: readonly Effect[]): string {
  return [...new Set(effects.map(({ detail }) => detail))].join('; ');
}
