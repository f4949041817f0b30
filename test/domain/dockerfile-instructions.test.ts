import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { instructions } from '../../domain/dockerfile-instructions.ts';

describe('an instruction of a Dockerfile', () => {
  it('is a line without what is around it, and no comment and no empty line', () => {
    expect(instructions('# syntax=docker/dockerfile:1\r\n\r\n  FROM a \r\n\t# FROM b\n \t\nRUN echo "#"\n#')).toEqual([
      'FROM a',
      'RUN echo "#"',
    ]);
    expect(instructions('')).toEqual([]);
    expect(instructions('# FROM a \\\nFROM b')).toEqual(['FROM b']);
  });

  it('goes on where its line ends with a backslash, past comments and empty lines, with nothing put between', () => {
    expect(instructions('FROM no\\\nde:\\ \t\n22')).toEqual(['FROM node:22']);
    expect(instructions('FROM \\\n  # the base\n# of all\n\n \t\n  node:22 \\\n  AS build\nRUN true')).toEqual([
      'FROM   node:22   AS build',
      'RUN true',
    ]);
    expect(instructions('RUN true \\')).toEqual(['RUN true']);
    expect(instructions('\\\nFROM a')).toEqual(['FROM a']);
  });

  it('ends where the backslash is one that stands for itself, or does not end the line', () => {
    expect(instructions('ENV P=C:\\\\\nFROM b')).toEqual(['ENV P=C:\\\\', 'FROM b']);
    expect(instructions('ENV P=\\x\nFROM b')).toEqual(['ENV P=\\x', 'FROM b']);
  });

  it('goes on by a backtick where the head of the file says so, and nowhere else', () => {
    const text = 'FROM `\nb AS c\\\nRUN d';
    const byBacktick = ['FROM b AS c\\', 'RUN d'];
    const byBackslash = ['FROM `', 'b AS cRUN d'];
    expect(instructions(`# escape=\`\n${text}`)).toEqual(byBacktick);
    expect(instructions(`# syntax=docker/dockerfile:1\n #  Escape = \` \n${text}`)).toEqual(byBacktick);
    for (const head of ['# escape=\\', '\n# escape=`', '# a comment\n# escape=`', '#', 'ARG A=1\n# escape=`'])
      expect(instructions(`${head}\n${text}`).slice(-2)).toEqual(byBackslash);
    expect(instructions('# escape=`\nFROM a``\nRUN b')).toEqual(['FROM a``', 'RUN b']);
  });

  it('says each argument by itself, as one that names several does the same', () => {
    expect(instructions('ARG A=1 B="2 3"  C\narg D=\'4 5\'\\ 6')).toEqual(['ARG A=1', 'ARG B="2 3"', 'ARG C', "ARG D='4 5'\\ 6"]);
    expect(instructions('ARG A="\\" B=" B=1')).toEqual(['ARG A="\\" B="', 'ARG B=1']);
    expect(instructions('ENV ARG A=1 B=2')).toEqual(['ENV ARG A=1 B=2']);
    expect(instructions('ARG')).toEqual(['ARG']);
    expect(instructions('ARG "\nFROM a')).toEqual(['FROM a']);
  });

  it.each([
    ['RUN <<EOF', 'EOF'],
    ['RUN <<-EOF', '\t\tEOF'],
    ['RUN cat <<"EOF" > /x', 'EOF'],
    ["run 3<<'EOF' cat", 'EOF'],
    ['COPY <<EOF /etc/x', 'EOF'],
    ['ADD --chown=1 <<E.1 /etc/x', 'E.1'],
    ['RUN <<ONE <<TWO', 'ONE\nCOPY --from=no / /\nTWO'],
  ])('is no line of the file that it holds: %s', (begin, end) => {
    expect(instructions(`FROM a\n${begin}\nFROM users\n# ARG V\n x\\\n${end}\nCOPY . /`)).toEqual(['FROM a', begin, 'COPY . /']);
  });

  it.each([
    ['ENV X=1 <<EOF', 'EOF'],
    ['CMD RUN <<EOF', 'EOF'],
    ['RUN <<-EOF', 'EO\tF'],
    ['RUN echo "<<EOF"', 'EOF'],
    ['RUN echo a<<EOF', 'EOF'],
    ['RUN cat <<<EOF', 'EOF'],
    ['RUN <<EOF', '\tEOF'],
    ['RUN <<EOF', 'EOF '],
    ['RUN <<ONE <<TWO', 'TWO'],
  ])('holds no file where none begins, or none ends: %j with %j', (begin, end) => {
    expect(instructions(`FROM a\n${begin}\nFROM b\n${end}`)).toEqual(['FROM a', begin, 'FROM b', end.trim()]);
  });

  it('holds files without contents, and several of one name', () => {
    expect(instructions('RUN <<E\nE\nFROM b\nRUN <<E\nFROM c\nE\nFROM d')).toEqual(['RUN <<E', 'FROM b', 'RUN <<E', 'FROM d']);
    expect(instructions('COPY <<E <<E /x/\nFROM a\nE\nFROM b\nE\nFROM d')).toEqual(['COPY <<E <<E /x/', 'FROM d']);
  });

  it('is the same however its lines are broken', () => {
    const word: fc.Arbitrary<string> = fc.constantFrom('FROM', 'a', 'b:1', 'AS', 'RUN', '--from=x');
    const lines = fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { maxLength: 4 });
    const breaks = fc.infiniteStream(fc.constantFrom(' ', ' \\\n', ' \\\n# note\n', ' \\ \n\n'));
    fc.assert(
      fc.property(lines, breaks, (all, between) => {
        const text = all.map((words) => words.reduce((line, one) => `${line}${between.next().value}${one}`)).join('\n');
        expect(instructions(text)).toEqual(all.map((words) => words.join(' ')));
      }),
    );
  });
});
