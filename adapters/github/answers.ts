import { GitHubRefused } from '../../activities/github/errors.ts';
import type { Account } from '../../domain/github/event.ts';

type Members = Readonly<Record<string, unknown>>;

/** A member of GitHub's answer that is an object, with nothing in it where there is none. */
export function objectIn(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

export function listIn(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.map(objectIn) : [];
}

/** The list that an answer is. Throws GitHubRefused for one that is none. */
export function wholeList<Item>(answer: readonly Item[], what: string): readonly Item[] {
  if (Array.isArray(answer)) return answer;
  throw strange(what, 'a list');
}

/** Throws GitHubRefused for an answer that is not GitHub's: HTML of a proxy, say. */
export function textIn(members: Members, name: string): string {
  const value = members[name];
  if (typeof value === 'string') return value;
  throw strange(name, 'text');
}

/** An empty text where there is none. */
export function optionalText(members: Members, name: string): string {
  const value = members[name];
  return typeof value === 'string' ? value : '';
}

export function numberIn(members: Members, name: string): number {
  const value = members[name];
  if (typeof value === 'number') return value;
  throw strange(name, 'a number');
}

/** In its digits, however many: octokit reads what is beyond a number as a BigInt. */
export function wholeNumberIn(members: Members, name: string): string {
  const value = members[name];
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  throw strange(name, 'a whole number');
}

export function accountIn(value: unknown): Account | undefined {
  const { id, login, type } = objectIn(value);
  return typeof id === 'number' && typeof login === 'string' ? { id, login, isPerson: type === 'User' } : undefined;
}

function strange(name: string, expected: string): GitHubRefused {
  return new GitHubRefused(`Expected ${expected} as ${name} in GitHub's answer and saw something else: the address may not be GitHub's`);
}
