import type { Facts, LedgerRecord } from './record.ts';

type Kind = 'text' | 'number' | 'texts';

const FACTS: Readonly<Record<keyof Facts, Kind>> = {
  action: 'text',
  application: 'text',
  at: 'text',
  content: 'text',
  environment: 'text',
  image: 'text',
  names: 'texts',
  parts: 'texts',
  planHash: 'text',
  release: 'number',
  requestId: 'text',
  stage: 'text',
  tags: 'texts',
};
const FACTS_ALWAYS: readonly (keyof Facts)[] = ['action', 'at'];

/** Whether something that was read is a record, and says nothing that no record says: what nobody reads nobody would see changed. */
export function isLedgerRecord(value: unknown): value is LedgerRecord {
  if (!isObject(value)) return false;
  const { personal, facts, ...rest } = value;
  const isPerson = personal === undefined || isPersonal(personal);
  return isPerson && isFacts(facts) && hasExactly(rest, { commitment: 'string', sequence: 'number' });
}

/** Whether these are all the members, of these types. */
export function hasExactly(value: object, types: Readonly<Record<string, string>>): boolean {
  const members = Object.entries(value);
  return (
    members.length === Object.keys(types).length && members.every(([name, member]) => member !== null && typeof member === types[name])
  );
}

function isFacts(value: unknown): value is Facts {
  if (!isObject(value) || !FACTS_ALWAYS.every((name) => name in value)) return false;
  return Object.entries(value).every(([name, member]) => Object.hasOwn(FACTS, name) && isOf(FACTS[name as keyof Facts], member));
}

function isOf(kind: Kind, member: unknown): boolean {
  if (kind === 'texts') return Array.isArray(member) && member.every((text) => typeof text === 'string');
  return typeof member === (kind === 'text' ? 'string' : 'number');
}

function isPersonal(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { authentication, ...rest } = value;
  const texts = { actor: 'string', key: 'string', reason: 'string', salt: 'string' };
  return (authentication === undefined || typeof authentication === 'string') && hasExactly(rest, texts);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
