import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const docs = new URL('../../docs/', import.meta.url);

it('every decision is in the index of the documentation, once and in order, and nothing else is', () => {
  const pages = readdirSync(new URL('decisions/', docs)).filter((file) => file.endsWith('.md'));
  const listed = [...readFileSync(new URL('index.md', docs), 'utf8').matchAll(/^\| \[\d+\]\(decisions\/([^)]+)\)/gm)].map(
    ([, file]) => file,
  );
  expect(listed).toEqual(pages.toSorted());
});

it.each(readdirSync(new URL('decisions/', docs)))('the decision %s bears the number of its file', (file) => {
  const [, number] = /^# (\d+)\. /.exec(readFileSync(new URL(`decisions/${file}`, docs), 'utf8')) ?? [];
  expect(file.slice(0, 4)).toBe(number?.padStart(4, '0'));
});
