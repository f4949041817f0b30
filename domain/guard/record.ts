import type { LedgerEntry } from '../ledger.ts';
import type { KnownBy } from '../people/known-by.ts';
import type { Guard, GuardAnswer } from './guard.ts';

/** The record of an answer, written before GitHub is told; `name` tells it from others of the run. */
export function answerEntry(
  guard: Guard,
  answer: GuardAnswer,
  of: { readonly name: string; readonly at: string; readonly known?: KnownBy },
): LedgerEntry {
  const { kind, reason, by } = answer;
  const action = kind === 'approved' ? 'run-let-through' : 'run-turned-away';
  return { ...of.known, ...entryOf(guard, of, kind), action, actor: by ?? 'tidegate', reason: `${named(guard)}: ${reason}` };
}

/** The record that an answer came to nothing, as something else was seen before GitHub took it; or, where nothing asks any more, that it may have. */
export function untoldEntry(
  guard: Guard,
  { kind }: GuardAnswer,
  { reason, isUnsure = false, ...of }: { readonly name: string; readonly at: string; readonly reason: string; readonly isUnsure?: boolean },
): LedgerEntry {
  const action = isUnsure ? 'run-answer-unsure' : 'run-answer-untold';
  const what = isUnsure ? `whether GitHub heard that it is ${kind} is not known` : `GitHub was not told that it is ${kind}`;
  return { ...entryOf(guard, of, `${kind}/untold`), action, actor: 'tidegate', reason: `${named(guard)}: ${what}: ${reason}` };
}

function entryOf({ places, repository, run, environment }: Guard, of: { readonly name: string; readonly at: string }, event: string) {
  const [place] = places;
  const key = `guard/${repository.id}/${run}/${environment.toLowerCase()}/${of.name}/${event}`;
  return { key, at: of.at, ...(place !== undefined && { application: place.application, environment: place.environment }) };
}

function named({ repository, run, environment }: Guard): string {
  return `Run ${run} of ${repository.name} into ${environment}`;
}
