import { randomUUID } from 'node:crypto';

/**
 * What a delivery held as the JSON that it was sent as. Octokit reads whole numbers that are larger than a number of JavaScript as BigInts, which
 * JSON.stringify refuses: they are written in their digits.
 */
export function payloadText(payload: unknown): string {
  if (typeof payload === 'string') return payload;
  // Nobody who sent it can have known this word.
  const mark = randomUUID();
  const marked = JSON.stringify(payload, (_, value: unknown) => (typeof value === 'bigint' ? `${mark}${value}` : value));
  return marked.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
}
