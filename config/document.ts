import { excerpt } from './excerpt.ts';
import { type Problem, printPath } from './problem.ts';
import { YamlDocument } from './yaml-document.ts';

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
