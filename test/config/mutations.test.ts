import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InstallationInvalid, PipelineInvalid } from '../../config/errors.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { parsePipeline } from '../../config/pipeline-file.ts';
import { documentedExample, REGISTRIES } from './documents.ts';

const FILES = {
  installation: {
    text: documentedExample('tidegate.yaml'),
    read: (text: Uint8Array) => parseInstallation(text, '/x/tidegate.yaml', 'file'),
  },
  pipeline: {
    text: documentedExample('pipeline.yaml'),
    read: (text: Uint8Array) => parsePipeline(text, 'file', { application: 'shop', registries: REGISTRIES }),
  },
};

/** Either it is read, or every problem has a place in the file. Anything else is thrown. */
function judge(file: keyof typeof FILES, bytes: Uint8Array): void {
  try {
    FILES[file].read(bytes);
  } catch (error) {
    if (!(error instanceof InstallationInvalid || error instanceof PipelineInvalid)) throw error;
    const lines = Buffer.from(bytes)
      .toString('utf8')
      .split(/\r\n|\n|\r/).length;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const problem of error.problems) {
      expect(problem.line).toBeGreaterThanOrEqual(1);
      expect(problem.line).toBeLessThanOrEqual(lines + 1);
      expect(problem.column).toBeGreaterThanOrEqual(1);
      expect(problem.message).not.toMatch(/\n|\[object|undefined/);
    }
    expect(error.message).toMatch(/^file:\d+:\d+/);
    expect(error.message).not.toMatch(/\n\s+at .*:\d+:\d+/);
  }
}

const files = fc.constantFrom<keyof typeof FILES>('installation', 'pipeline');
const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '"',
  "'",
  '\n',
  '\t',
  '#',
  '&a ',
  '*a',
  '!!set ',
  '!x ',
  '|',
  '>',
  '<<: ',
  '?',
  '%',
  '@',
  '`',
  'null',
];
const insertion = fc.oneof(
  fc.constantFrom(...TOKENS, '~', 'true', '1e400', '0x1', '.nan', '${env:', '${file:../x}', '__proto__'),
  fc.string({ unit: 'binary' }),
);

describe('any change of a configuration file', () => {
  it('that puts something in is read or refused with its place', () => {
    fc.assert(
      fc.property(files, fc.double({ min: 0, max: 1, noNaN: true }), insertion, (file, place, piece) => {
        const at = Math.floor(place * FILES[file].text.length);
        judge(file, Buffer.from(FILES[file].text.slice(0, at) + piece + FILES[file].text.slice(at)));
      }),
      { numRuns: 400 },
    );
  });

  it('that takes something out or doubles it is read or refused with its place', () => {
    fc.assert(
      fc.property(files, fc.nat(4_000), fc.nat(200), fc.constantFrom(0, 2), (file, start, length, times) => {
        const { text } = FILES[file];
        const at = start % text.length;
        judge(file, Buffer.from(text.slice(0, at) + text.slice(at, at + length).repeat(times) + text.slice(at + length)));
      }),
      { numRuns: 400 },
    );
  });

  it('that puts another value in the place of one is read or refused with its place', () => {
    const values = fc.oneof(
      fc.json({ maxDepth: 2 }),
      fc.constantFrom('', '~', '-1', '1e999', '{a: }', "''", '"\\u0000"', '99999999999999999999', '10000d', '[[]]'),
    );
    fc.assert(
      fc.property(files, fc.nat(200), values, (file, line, value) => {
        const lines = FILES[file].text.split('\n');
        const at = line % lines.length;
        lines[at] = (lines[at] ?? '').replace(/([\w-]+: )[^,}]*/, (_, key: string) => `${key}${value}`);
        judge(file, Buffer.from(lines.join('\n')));
      }),
      { numRuns: 400 },
    );
  });

  it('of its bytes is read or refused with its place', () => {
    fc.assert(
      fc.property(files, fc.array(fc.tuple(fc.nat(4_000), fc.nat(255)), { minLength: 1, maxLength: 5 }), (file, changes) => {
        const bytes = Buffer.from(FILES[file].text);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        judge(file, bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('into anything at all is refused with its place', () => {
    fc.assert(
      fc.property(files, fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (file, text) => judge(file, Buffer.from(text))),
      { numRuns: 300 },
    );
  });
});
