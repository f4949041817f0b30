import { type Document, isScalar, type ParsedNode, visit } from 'yaml';

/** What is wrong with a text as YAML, and where in it. */
export interface YamlFault {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Errors of the syntax, and what YAML allows and a configuration has no use for. A fault that could repeat a secret names its code alone. */
export function yamlFaults(document: Document.Parsed, isSecret: (offset: number) => boolean): readonly YamlFault[] {
  const syntax = [...document.errors, ...document.warnings].map((error) => {
    const message = isSecret(error.pos[0]) ? `YAML error ${error.code}` : firstLine(error.message);
    return { offset: error.pos[0], message, hint: SYNTAX_HINTS[error.code] };
  });
  return [...syntax, ...versionFaults(document), ...aliasFaults(document), ...keyFaults(document)];
}

function versionFaults({ directives }: Document.Parsed): YamlFault[] {
  const { version, explicit } = directives.yaml;
  if (explicit !== true || version === '1.2') return [];
  return [{ offset: 0, message: `YAML ${version} is not read`, hint: 'take the %YAML line out' }];
}

function aliasFaults(document: Document.Parsed): YamlFault[] {
  const faults: YamlFault[] = [];
  visit(document, {
    Alias: (_, alias, within) => {
      const target = alias.resolve(document);
      const offset = startOf(alias);
      if (target === undefined) faults.push({ offset, message: 'an alias without an anchor before it', hint: ALIAS_HINT });
      else if (within.includes(target)) faults.push({ offset, message: 'an alias within its own anchor', hint: 'write the value out' });
    },
  });
  return faults;
}

function keyFaults(document: Document.Parsed): YamlFault[] {
  const faults: YamlFault[] = [];
  visit(document, {
    Pair: (_, pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const hint = FORBIDDEN_KEYS.get(key);
      if (hint !== undefined) faults.push({ offset: startOf(pair.key), message: `${key} cannot be a key`, hint });
    },
  });
  return faults;
}

/** Where the first alias of a document stands. */
export function firstAlias(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias: (_, alias) => {
      offset = startOf(alias);
      return visit.BREAK;
    },
  });
  return offset;
}

const ALIAS_HINT = '* begins an alias: put the text in quotes';

const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'keep one of them',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'members of one mapping or list begin in the same column',
  MULTIPLE_DOCS: 'keep one document in the file: take --- and what follows it out',
  TAG_RESOLVE_FAILED: 'tags (!…) are not read: put the text in quotes',
  BAD_ALIAS: ALIAS_HINT,
  BAD_SCALAR_START: 'put the text in quotes',
  MISSING_CHAR: 'a quote or bracket is not closed',
  BLOCK_AS_IMPLICIT_KEY: 'put text that holds ": " in quotes',
  NON_STRING_KEY: 'keys are plain text',
};

const FORBIDDEN_KEYS: ReadonlyMap<string, string> = new Map([
  ['__proto__', 'choose another name'],
  ['constructor', 'choose another name'],
  ['<<', 'merge keys are not read: write the members out'],
]);

/** Where a node begins in its text. */
export function startOf(node: unknown): number {
  return (node as Partial<ParsedNode> | null)?.range?.[0] ?? 0;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
