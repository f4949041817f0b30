import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  visit,
} from 'yaml';
import { excerpt, holdsSecret } from './excerpt.ts';
import { type Problem, printPath } from './problem.ts';

export type Path = readonly (string | number)[];

/** What is wrong and where, before the place is looked up. `at` tells whether the key or its value is meant. */
export interface Finding {
  readonly path: Path;
  readonly at?: 'key' | 'value';
  readonly message: string;
  readonly hint?: string;
}

/** A YAML file as plain values, with the place of each. */
export interface ConfigurationDocument {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  problem(finding: Finding): Problem;
  /** A scalar as it is written; undefined for anything else. */
  source(path: Path): string | undefined;
}

const MAXIMUM_BYTES = 1_048_576;
const MAXIMUM_ALIASES = 100;

/** Reads YAML 1.2 (core schema, no tags, no merge keys). Whatever is wrong with the text is in `problems`, and nothing is thrown. */
export function readDocument(bytes: Uint8Array | string, file: string): ConfigurationDocument {
  const text = decode(bytes);
  if (typeof text !== 'string') return unreadable(file, text.message, text.hint);
  if (text.trim() === '') return unreadable(file, 'the file is empty', 'docs/configuration.md has a complete example');
  try {
    return new YamlDocument(text, file);
  } catch (error) {
    // The parser recurses: a RangeError is its stack, used up by brackets within brackets.
    const deep = error instanceof RangeError;
    return unreadable(file, deep ? 'it is nested too deeply' : 'it cannot be read as YAML', 'check brackets and quotes');
  }
}

function decode(bytes: Uint8Array | string): string | { message: string; hint: string } {
  const length = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
  if (length > MAXIMUM_BYTES)
    return { message: `it has ${length} bytes, and at most ${MAXIMUM_BYTES} are read`, hint: 'is it the right file?' };
  if (typeof bytes === 'string') return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    return { message: 'it is not UTF-8 text', hint: 'save it as UTF-8' };
  }
}

function unreadable(file: string, message: string, hint: string): ConfigurationDocument {
  const problem = (finding: Finding): Problem => ({
    file,
    line: 1,
    column: 1,
    excerpt: excerpt([], 1, 1),
    ...finding,
    path: printPath(finding.path),
  });
  return { value: undefined, problems: [problem({ path: [], message, hint })], problem, source: () => undefined };
}

class YamlDocument implements ConfigurationDocument {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  readonly #document: Document.Parsed;
  readonly #counter = new LineCounter();
  readonly #lines: readonly string[];
  readonly #file: string;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#lines = text.split(/\r\n|\n|\r/);
    this.#document = parseDocument(text, {
      lineCounter: this.#counter,
      prettyErrors: false,
      stringKeys: true,
      resolveKnownTags: false,
      logLevel: 'error',
    });
    const syntax = [...this.#syntaxProblems(), ...this.#forbidden()];
    const { value, problem } = syntax.length > 0 ? { value: undefined, problem: undefined } : this.#toValue();
    this.value = value;
    this.problems = problem === undefined ? syntax : [problem];
  }

  problem(finding: Finding): Problem {
    const offset = this.#offset(finding.path, finding.at ?? 'value');
    return this.#at(offset, finding.message, finding.hint, finding.path);
  }

  source(path: Path): string | undefined {
    const node = this.#walk(path)?.node;
    return isScalar(node) ? node.source : undefined;
  }

  #syntaxProblems(): Problem[] {
    return [...this.#document.errors, ...this.#document.warnings].map((error) => {
      const { line } = this.#counter.linePos(error.pos[0]);
      const message = holdsSecret(this.#lines, line) ? `YAML error ${error.code}` : firstLine(error.message);
      return this.#at(error.pos[0], message, SYNTAX_HINTS[error.code], []);
    });
  }

  /** What YAML allows and a configuration has no use for. */
  #forbidden(): Problem[] {
    const problems: Problem[] = [];
    const { version, explicit } = this.#document.directives.yaml;
    if (explicit === true && version !== '1.2') problems.push(this.#at(0, `YAML ${version} is not read`, 'take the %YAML line out', []));
    visit(this.#document, {
      Alias: (_, alias, within) => {
        const target = alias.resolve(this.#document);
        if (target === undefined) problems.push(this.#at(startOf(alias), 'an alias without an anchor before it', ALIAS_HINT, []));
        else if (within.includes(target))
          problems.push(this.#at(startOf(alias), 'an alias within its own anchor', 'write the value out', []));
      },
      Pair: (_, pair) => {
        if (!isScalar(pair.key) || !FORBIDDEN_KEYS.has(String(pair.key.value))) return;
        problems.push(
          this.#at(startOf(pair.key), `${String(pair.key.value)} cannot be a key`, FORBIDDEN_KEYS.get(String(pair.key.value)), []),
        );
      },
    });
    return problems;
  }

  #toValue(): { value: unknown; problem?: Problem } {
    try {
      return { value: this.#document.toJS({ maxAliasCount: MAXIMUM_ALIASES }) };
    } catch (error) {
      // yaml throws a ReferenceError when aliases multiply.
      if (!(error instanceof ReferenceError)) throw error;
      const message = 'its aliases multiply beyond reason';
      return { value: undefined, problem: this.#at(this.#firstAlias(), message, 'write the values out', []) };
    }
  }

  #firstAlias(): number {
    let offset = 0;
    visit(this.#document, {
      Alias: (_, alias) => {
        offset = startOf(alias);
        return visit.BREAK;
      },
    });
    return offset;
  }

  #offset(path: Path, at: 'key' | 'value'): number {
    for (let length = path.length; length >= 0; length--) {
      const found = this.#walk(path.slice(0, length));
      if (found === undefined) continue;
      const useKey = at === 'key' || length < path.length || isEmpty(found.node) || isBlock(found.node);
      return useKey && found.key !== undefined ? startOf(found.key) : startOf(found.node ?? this.#document.contents);
    }
    return 0;
  }

  /** The node at a path, and the key that holds it; undefined when there is none. */
  #walk(path: Path): { readonly key: unknown; readonly node: unknown } | undefined {
    let key: unknown;
    let node: unknown = this.#document.contents;
    for (const step of path) {
      const parent: unknown = isAlias(node) ? node.resolve(this.#document) : node;
      if (isMap(parent)) {
        const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
        if (pair === undefined) return undefined;
        ({ key, value: node } = pair);
      } else if (isSeq(parent) && typeof step === 'number' && step < parent.items.length) {
        [key, node] = [undefined, parent.items[step]];
      } else return undefined;
    }
    return { key, node };
  }

  #at(offset: number, message: string, hint: string | undefined, path: Path): Problem {
    const { line, col } = this.#counter.linePos(Math.max(0, offset));
    const place = { line: Math.max(1, line), column: Math.max(1, col) };
    const lines = this.#lines;
    return {
      file: this.#file,
      ...place,
      path: printPath(path),
      message,
      ...(hint !== undefined && { hint }),
      excerpt: excerpt(lines, place.line, place.column),
    };
  }
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

function startOf(node: unknown): number {
  return (node as Partial<ParsedNode> | null)?.range?.[0] ?? 0;
}

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node as Node) && (node as { source?: string }).source === '');
}

/** A mapping or list over several lines begins where its key is. */
function isBlock(node: unknown): boolean {
  return isCollection(node) && node.flow !== true;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
