import { stripVTControlCharacters } from 'node:util';

const HEADER_BYTES = 8;

/** Everything below space but tab and line feed, and delete: what a terminal would act upon. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/**
 * The text of a container's multiplexed log (Engine API, "Attach to a container": one byte stream number, three zero, four length),
 * both streams in the order in which they were written. A log without frames is taken as it is.
 */
export function logText(log: Buffer): string {
  return plainText(Buffer.concat(frames(log)).toString('utf8'));
}

/** The text without ANSI sequences and control characters, so that no container writes to an operator's terminal. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replace(CONTROL, '');
}

function frames(log: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < log.length; ) {
    if (!isHeader(log, at)) return [...found, log.subarray(at)];
    const end = at + HEADER_BYTES + log.readUInt32BE(at + 4);
    found.push(log.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return found;
}

function isHeader(log: Buffer, at: number): boolean {
  return log.length - at >= HEADER_BYTES && log.readUInt8(at) <= 2 && log.readUIntBE(at + 1, 3) === 0;
}
