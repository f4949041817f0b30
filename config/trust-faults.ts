import type { Finding, Path } from './document.ts';
import type { InstallationDocument } from './installation-schema.ts';
import { suggest } from './suggest.ts';
import { publicKeyOf } from './trust.ts';

/** What is wrong with keys, policies, and what environments demand of them. `directory` is where paths of key files begin. */
export function trustFindings(document: InstallationDocument, directory: string): Finding[] {
  const { keys, policies } = document.trust;
  return [
    ...twins('keys', keys),
    ...twins('policies', policies),
    ...keyFindings(document, directory),
    ...policies.flatMap((_policy, index) => policyFindings(document, index)),
    ...document.environments.flatMap(({ protection }, index) => demanded(document, protection.gates.trust, index)),
  ];
}

function twins(list: 'keys' | 'policies', named: readonly { readonly name: string }[]): Finding[] {
  const names = named.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [{ path: ['trust', list, index, 'name'], message: `${name} is there twice` }] : [],
  );
}

/** One key under two names would count as two signers. */
function keyFindings({ trust: { keys } }: InstallationDocument, directory: string): Finding[] {
  const read = keys.map((entry) => publicKeyOf(entry, directory));
  return read.flatMap((key, index): Finding[] => {
    const path = ['trust', 'keys', index, keys[index]?.file === undefined ? 'pem' : 'file'];
    if ('message' in key) return [{ path, ...key }];
    const other = read.findIndex((one) => 'fingerprint' in one && one.fingerprint === key.fingerprint);
    if (other === index) return [];
    return [{ path, message: `is the key ${keys[other]?.name} under another name`, hint: 'take one of them away' }];
  });
}

function policyFindings({ trust: { keys, policies } }: InstallationDocument, index: number): Finding[] {
  const policy = policies[index];
  const known = keys.map(({ name }) => name);
  const path = ['trust', 'policies', index];
  const rules = [
    ...(policy?.signatures === undefined ? [] : [{ rule: policy.signatures, at: [...path, 'signatures'] }]),
    ...(policy?.attestations ?? []).map((rule, place) => ({ rule, at: [...path, 'attestations', place] })),
  ];
  return rules.flatMap(({ rule, at }) => [
    ...rule.keys.flatMap((key, place) => unknown('key', key, known, [...at, 'keys', place])),
    ...(rule.count <= rule.keys.length
      ? []
      : [{ path: [...at, 'count'], message: `is more than the ${rule.keys.length} keys that are named` }]),
  ]);
}

function demanded({ trust: { policies } }: InstallationDocument, policy: string | undefined, index: number): Finding[] {
  const known = policies.map(({ name }) => name);
  return policy === undefined ? [] : unknown('trust policy', policy, known, ['environments', index, 'protection', 'trust']);
}

function unknown(what: string, name: string, known: readonly string[], path: Path): Finding[] {
  if (known.includes(name)) return [];
  const near = suggest(name, known);
  const others = known.length === 0 ? `there is none: add it to trust` : `there are ${known.join(', ')}`;
  return [{ path, message: `no ${what} is named ${name}`, hint: near === undefined ? others : `did you mean ${near}?` }];
}
