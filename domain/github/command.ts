/** What a comment asks for. */
export type Command =
  | {
      readonly verb: 'approve' | 'reject';
      readonly release: ReleaseWord;
      readonly stage: string;
      /** The plan and the rules that the person saw, as `domain/gates/seen.ts` writes them. */
      readonly seen: string;
      readonly comment: string;
      /** What is below the command: what a form asks for, and more of the comment. */
      readonly below: readonly string[];
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
  approve: '/approve RELEASE STAGE SEEN [comment]',
  reject: '/reject RELEASE STAGE SEEN [comment]',
  promote: '/promote RELEASE STAGE [reason]',
  rollback: '/rollback [APPLICATION] ENVIRONMENT [to NUMBER] reason',
  explain: '/explain RELEASE [STAGE]',
} as const;

type Verb = keyof typeof COMMAND_FORMS;

/** A command that cannot be understood as it is written, or several, of which nobody can say what becomes of the others where one is refused. */
export interface Misspelt {
  readonly verb: Verb;
  readonly form: string;
  readonly isOneOfSeveral: boolean;
}

const LONGEST_REASON = 2_000;

/** As Markdown has it: what is indented further is code that is shown, and no command. */
const COMMAND_LINE = /^ {0,3}\/([a-z]+)(?:\s(.*))?$/s;

/**
 * The command of a comment: its first line, which begins with `/` and a verb; lines below belong to the reason. Undefined for any other comment: other
 * robots have commands too. `applications` are those that the comment's repository is of.
 */
export function parseCommand(body: string, applications: readonly string[]): Command | Misspelt | undefined {
  const [first = '', ...below] = body
    .replace(/^(?:[ \t]*\r?\n)+/, '')
    .trimEnd()
    .split(/\r?\n/);
  const found = commandIn(first);
  if (found === undefined) return undefined;
  const [verb, rest] = found;
  const words = rest.match(/\S+/g) ?? [];
  const isOneOfSeveral = below.some((line) => commandIn(line) !== undefined);
  const command = isOneOfSeveral ? undefined : read(verb, words, below, applications);
  return command ?? { verb, form: COMMAND_FORMS[verb], isOneOfSeveral };
}

function commandIn(line: string): readonly [Verb, string] | undefined {
  const [, word = '', rest = ''] = COMMAND_LINE.exec(line) ?? [];
  return isVerb(word) ? [word, rest] : undefined;
}

function isVerb(word: string): word is Verb {
  return Object.hasOwn(COMMAND_FORMS, word);
}

function read(verb: Verb, words: readonly string[], below: readonly string[], applications: readonly string[]): Command | undefined {
  const reasonFrom = (at: number) => reasonOf(words.slice(at).join(' '), below);
  if (verb === 'rollback') return rollback(words, applications, reasonFrom);
  const release = releaseOf(words[0]);
  const [, stage, seen] = words;
  if (release === undefined) return undefined;
  if (verb === 'explain') return { verb, release, ...(stage !== undefined && { stage }) };
  if (stage === undefined) return undefined;
  if (verb === 'promote') return { verb, release, stage, reason: reasonFrom(2) };
  return seen === undefined ? undefined : { verb, release, stage, seen, comment: words.slice(3).join(' '), below };
}

/** What is said in the command's own line, and in lines below it. */
export function reasonOf(said: string, below: readonly string[]): string {
  return [said, ...below].join('\n').trim().slice(0, LONGEST_REASON);
}

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
