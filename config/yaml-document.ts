import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigurationDocument, Finding, Path } from './document.ts';
import { excerpt, holdsSecret } from './excerpt.ts';
import { type Problem, printPath } from './problem.ts';
import { firstAlias, startOf, yamlFaults } from './yaml-faults.ts';

const MAXIMUM_ALIASES = 100;

/** A text read as YAML 1.2. What yaml cannot bear at all, such as nesting without end, it throws. */
export class YamlDocument implements ConfigurationDocument {
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
    const syntax = yamlFaults(this.#document, (offset) => holdsSecret(this.#lines, this.#counter.linePos(offset).line)).map((fault) =>
      this.#at(fault.offset, fault.message, fault.hint, []),
    );
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

  #toValue(): { value: unknown; problem?: Problem } {
    try {
      return { value: this.#document.toJS({ maxAliasCount: MAXIMUM_ALIASES }) };
    } catch (error) {
      // yaml throws a ReferenceError when aliases multiply.
      if (!(error instanceof ReferenceError)) throw error;
      const message = 'its aliases multiply beyond reason';
      return { value: undefined, problem: this.#at(firstAlias(this.#document), message, 'write the values out', []) };
    }
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

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node as Node) && (node as { source?: string }).source === '');
}

/** A mapping or list over several lines begins where its key is. */
function isBlock(node: unknown): boolean {
  return isCollection(node) && node.flow !== true;
}
