import { ArchiveCut, ArchiveFault } from './faults.ts';

const BLOCK = 512;
/** What git writes of a commit is 52 bytes; of a name that is too long for a header, its 4 KiB. */
const LONGEST_NOTE = 64 * 1024;
/** Tar fills its last record up; git to 10 KiB. */
const MOST_PADDING = 1024 * 1024;

/** Types of entries that say something of those after them: global and own records of pax, and GNU's long names and targets. */
const NOTES = 'gxLK';
/** All others: files, links, folders, and devices and pipes, whose names are told as they are refused. Of what nobody writes any more readers disagree. */
const THINGS = '\x0001234567';

/** One of them, as far as it has come. */
interface Note {
  readonly type: string;
  readonly size: number;
  text: string;
}

/**
 * Walks a tar block by block beside whoever unpacks it, and sees what unpackers leave out: whether its end is there, of which commit git says that it is,
 * and notes that would be kept in memory or make one reader see another archive than the next. Keeps one header and one note.
 */
export class TarWalk {
  readonly #block = new Uint8Array(BLOCK);
  #filled = 0;
  /** Bytes of contents still to come, with what fills their last block. */
  #rest = 0;
  #note: Note | undefined;
  #zeros = 0;
  #bytes = 0;
  #commit: string | undefined;

  /** @param most Bytes that the whole of it may have. */
  constructor(private readonly most: number) {}

  /** As the archive's own global header says; undefined where it has said nothing so far. */
  get commit(): string | undefined {
    return this.#commit;
  }

  /** Looks at the next bytes. Throws ArchiveFault. */
  feed(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.most) throw new ArchiveFault('', `is an archive of more than ${this.most} bytes`);
    for (let at = 0; at < chunk.length; ) at += this.#rest > 0 ? this.#skip(chunk, at) : this.#fill(chunk, at);
  }

  /** Throws ArchiveCut for an archive that is not whole. */
  end(): void {
    if (this.#zeros >= 2 * BLOCK && this.#filled === 0) return;
    if (this.#bytes === 0) throw new ArchiveCut('it is empty');
    throw new ArchiveCut(this.#rest > 0 ? `${this.#rest} bytes of a file are missing` : `its end is missing after ${this.#bytes} bytes`);
  }

  #skip(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#rest, chunk.length - at);
    if (this.#note !== undefined) this.#read(this.#note, chunk.subarray(at, at + taken));
    this.#rest -= taken;
    if (this.#rest === 0) this.#closeNote();
    return taken;
  }

  #fill(chunk: Uint8Array, at: number): number {
    const taken = Math.min(BLOCK - this.#filled, chunk.length - at);
    this.#block.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled < BLOCK) return taken;
    this.#filled = 0;
    this.#header();
    return taken;
  }

  #header(): void {
    if (this.#block.every((byte) => byte === 0)) {
      this.#padding();
      return;
    }
    if (this.#zeros > 0) throw new ArchiveFault('', 'is an archive that goes on after its end');
    requireHeader(this.#block);
    const [name, type] = [text(this.#block, 0, 100), String.fromCharCode(this.#block[156] ?? 0)];
    const size = sizeIn(this.#block, name);
    requireKnown(type, name);
    if (NOTES.includes(type)) {
      if (size > LONGEST_NOTE)
        throw new ArchiveFault(name, `is a note of ${size} bytes about what comes after it; the longest name has 4095`);
      this.#note = { type, size, text: '' };
    }
    this.#rest = Math.ceil(size / BLOCK) * BLOCK;
    if (this.#rest === 0) this.#closeNote();
  }

  #padding(): void {
    this.#zeros += BLOCK;
    if (this.#zeros > MOST_PADDING) throw new ArchiveFault('', `is an archive with more than ${MOST_PADDING} bytes of nothing at its end`);
  }

  #read(note: Note, bytes: Uint8Array): void {
    const wanted = bytes.subarray(0, Math.max(note.size - note.text.length, 0));
    for (const byte of wanted) note.text += String.fromCharCode(byte);
  }

  #closeNote(): void {
    const note = this.#note;
    this.#note = undefined;
    if (note === undefined || note.type === 'L' || note.type === 'K') return;
    for (const [key, value] of recordsOf(note.text)) {
      // It would change how long the file is, for whoever heeds it; git writes it for files beyond any limit of ours.
      if (key === 'size') throw new ArchiveFault(`pax record ${key}`, 'gives a file another size than its header');
      if (note.type === 'g') this.#global(key, value);
    }
  }

  #global(key: string, value: string): void {
    if (key !== 'comment')
      throw new ArchiveFault(`global pax record ${key}`, 'would change every file after it; git writes the commit alone');
    if (this.#commit !== undefined && this.#commit !== value) throw new ArchiveFault('global pax record comment', 'names two commits');
    this.#commit = value;
  }
}

/** https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html: `LENGTH KEY=VALUE\n`, its length with all of it. */
function recordsOf(note: string): (readonly [string, string])[] {
  const records: (readonly [string, string])[] = [];
  for (let at = 0; at < note.length; ) {
    const [head = '', digits = ''] = /^(\d{1,6}) /.exec(note.slice(at, at + 8)) ?? [];
    const record = note.slice(at + head.length, at + Number(digits) - 1);
    const equals = record.indexOf('=');
    const isWhole = Number(digits) > head.length && equals > 0 && note[at + Number(digits) - 1] === '\n';
    if (!isWhole) throw new ArchiveFault('pax header', 'is not written as pax writes its records');
    records.push([record.slice(0, equals), record.slice(equals + 1)]);
    at += Number(digits);
  }
  return records;
}

function requireHeader(block: Uint8Array): void {
  let sum = 8 * 32;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  const said = Number.parseInt(text(block, 148, 8), 8);
  if (said !== sum) throw new ArchiveFault(text(block, 0, 40), 'is where a header of a tar should be, and is none');
}

function requireKnown(type: string, name: string): void {
  if (!THINGS.includes(type) && !NOTES.includes(type))
    throw new ArchiveFault(name, `is of the type ${JSON.stringify(type)}; a source holds files, folders and links alone`);
}

/** Of a field that is written in any other way readers see different sizes, and then different archives. Beyond 8 GiB it is. */
function sizeIn(block: Uint8Array, name: string): number {
  const [, digits] = /^ *([0-7]+)[ \0]*$/.exec(String.fromCharCode(...block.subarray(124, 136))) ?? [];
  if (digits === undefined) throw new ArchiveFault(name, 'has a size that is no number, or one beyond every limit');
  return Number.parseInt(digits, 8);
}

function text(block: Uint8Array, from: number, length: number): string {
  const end = block.indexOf(0, from);
  return String.fromCharCode(...block.subarray(from, end === -1 ? from + length : Math.min(end, from + length)));
}
