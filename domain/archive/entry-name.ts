import { ArchiveFault } from './faults.ts';

/** What file systems take: PATH_MAX and NAME_MAX of Linux, in bytes. */
const LONGEST_PATH = 4095;
const LONGEST_PART = 255;

/**
 * The parts of a name within a source: without `.` and empty ones, so that two ways to write one place are one. None for the top itself.
 * Throws ArchiveFault for a name that is absolute, leads upwards, or that no file can have.
 */
export function partsOf(name: string): readonly string[] {
  if (name === '') throw new ArchiveFault(name, 'is an empty name');
  if (name.includes('\0')) throw new ArchiveFault(name, 'holds a zero byte: what reads it as far as there sees another name');
  if (name.startsWith('/')) throw new ArchiveFault(name, 'is an absolute path, and lies outside of the source');
  if (bytesOf(name) > LONGEST_PATH) throw new ArchiveFault(name, `is a name of more than ${LONGEST_PATH} bytes`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  for (const part of parts) {
    if (part === '..') throw new ArchiveFault(name, 'leads upwards, out of the folder that it names');
    if (bytesOf(part) > LONGEST_PART) throw new ArchiveFault(name, `has a part of more than ${LONGEST_PART} bytes`);
  }
  return parts;
}

/** Whether nothing but a folder can be there: `a/`, `a/.`. */
export function isFolderName(name: string): boolean {
  return /\/\.?$/.test(name);
}

/** In UTF-8. */
export function bytesOf(text: string): number {
  let bytes = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
