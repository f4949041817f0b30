import type { Finding, Path } from './document.ts';
import type { InstallationDocument } from './installation-schema.ts';
import { suggest } from './suggest.ts';
import { isInFile, readKeys } from './trust-keys.ts';

/** What is wrong with keys, policies, and what environments demand of them, by the document alone. `directory` is where paths of key files begin. */
export function trustFindings(document: InstallationDocument, directory: string): Finding[] {
  const { keys, policies } = document.trust;
  return [
    ...twins('keys', keys),
    ...twins('policies', policies),
    ...keyFindings(document, directory, (entry) => !isInFile(entry)),
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

/** What is wrong with keys that are files. They change without the document, which is none the worse for it: only what asks for them is not met. */
export function keyFileFindings(document: InstallationDocument, directory: string): Finding[] {
  return keyFindings(document, directory, isInFile);
}

function keyFindings({ trust: { keys } }: InstallationDocument, directory: string, isMeant: typeof isInFile) {
  return readKeys(keys, directory).flatMap(({ entry, key }, index): Finding[] => {
    if (!('message' in key) || !isMeant(entry)) return [];
    return [{ path: ['trust', 'keys', index, isInFile(entry) ? 'file' : 'pem'], ...key }];
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
