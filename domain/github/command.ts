/** What a comment asks for. */
export type Command =
  | {
      readonly verb: 'approve' | 'reject';
      readonly release: ReleaseWord;
      readonly stage: string;
      /** The beginning of the plan's hash that the person saw, or all of it. */
      readonly plan: string;
      readonly reason: string;
    }
  | { readonly verb: 'promote'; readonly release: ReleaseWord; readonly stage: string; readonly reason: string }
  | {
      readonly verb: 'rollback';
      readonly application?: string;
      readonly environment: string;
      readonly to?: number;
      readonly reason: string;
    }
  | { readonly verb: 'explain'; readonly release: ReleaseWord; readonly stage?: string };

/** A release as people write it; the application goes without saying where the repository has one. */
export interface ReleaseWord {
  readonly application?: string;
  readonly number: number;
}

/** How each command is written, for whoever wrote it otherwise. */
export const COMMAND_FORMS = {
  approve: '/approve RELEASE STAGE PLAN [comment]',
  reject: '/reject RELEASE STAGE PLAN [comment]',
  promote: '/promote RELEASE STAGE [reason]',
  rollback: '/rollback [APPLICATION] ENVIRONMENT [to NUMBER] reason',
  explain: '/explain RELEASE [STAGE]',
} as const;

type Verb = keyof typeof COMMAND_FORMS;

/** A command that cannot be understood as it is written. */
export interface Misspelt {
  readonly verb: Verb;
  readonly form: string;
}

const LONGEST_REASON = 2_000;

/**
 * The command of a comment: its first line, which begins with `/` and a verb; lines below belong to the reason. Undefined for any other comment: other
 * robots have commands too. `applications` are those that the comment's repository is of.
 */
export function parseCommand(body: string, applications: readonly string[]): Command | Misspelt | undefined {
  const [first = '', ...below] = body.trim().split(/\r?\n/);
  const [verb, ...words] = first.trim().split(/\s+/);
  const name = verb?.slice(1);
  if (name === undefined || !verb?.startsWith('/') || !isVerb(name)) return undefined;
  return read(name, words, below, applications) ?? { verb: name, form: COMMAND_FORMS[name] };
}

function isVerb(word: string): word is Verb {
  return Object.hasOwn(COMMAND_FORMS, word);
}

function read(verb: Verb, words: readonly string[], below: readonly string[], applications: readonly string[]): Command | undefined {
  const reasonFrom = (at: number) => [words.slice(at).join(' '), ...below].join('\n').trim().slice(0, LONGEST_REASON);
  if (verb === 'rollback') return rollback(words, applications, reasonFrom);
  const release = releaseOf(words[0]);
  const [, stage, plan] = words;
  if (release === undefined) return undefined;
  if (verb === 'explain') return { verb, release, ...(stage !== undefined && { stage }) };
  if (stage === undefined) return undefined;
  if (verb === 'promote') return { verb, release, stage, reason: reasonFrom(2) };
  return plan === undefined || plan.length < SHORTEST_PLAN ? undefined : { verb, release, stage, plan, reason: reasonFrom(3) };
}

/** Fewer letters of a hash could be another plan's. */
const SHORTEST_PLAN = 8;

function rollback(words: readonly string[], applications: readonly string[], reasonFrom: (at: number) => string): Command | undefined {
  const [first, second] = words;
  const isNamed = first !== undefined && applications.includes(first) && second !== undefined && second !== 'to';
  const at = isNamed ? 1 : 0;
  const environment = words[at];
  const to = words[at + 1] === 'to' ? numberOf(words[at + 2]) : undefined;
  const reason = reasonFrom(at + (to === undefined ? 1 : 3));
  if (environment === undefined || reason === '') return undefined;
  return { verb: 'rollback', ...(isNamed && { application: first }), environment, ...(to !== undefined && { to }), reason };
}

function releaseOf(word: string | undefined): ReleaseWord | undefined {
  const [, application, digits] = /^(?:([a-z][a-z0-9-]*)[#/])?#?(\d{1,9})$/.exec(word ?? '') ?? [];
  const number = numberOf(digits);
  return number === undefined ? undefined : { number, ...(application !== undefined && { application }) };
}

function numberOf(word: string | undefined): number | undefined {
  return word !== undefined && /^[1-9]\d{0,8}$/.test(word) ? Number(word) : undefined;
}
