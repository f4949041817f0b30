/** As BuildKit has them: one before it stands for itself. */
const BY_BACKSLASH = /(^|[^\\])\\[ \t]*$/;
const BY_BACKTICK = /(^|[^`])`[ \t]*$/;
const DIRECTIVE = /^\s*#\s*([a-z][a-z0-9]*)\s*=\s*(.+?)\s*$/i;
const LEFT_OUT = /^\s*(?:#|$)/;
const HERE_DOCUMENT = /\s\d*<<(-?)(["']?)([^\s"'<]+)\2(?=\s|$)/g;
const ARGUMENT_WORD = /(?:\\.|[^\s"']|"(?:\\.|[^"\\])*"|'[^']*')+/g;

/**
 * The instructions of a Dockerfile, each on one line, without comments and without the files that are written out in it ("here-documents"). An ARG that names
 * several is one for each. Read as in https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go
 */
export function instructions(dockerfile: string): string[] {
  const lines = dockerfile.split(/\r?\n/);
  const continued = continuationIn(lines);
  const found: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const { text, next } = joined(lines, at, continued);
    if (text !== '') found.push(...oneByOne(text));
    at = behindDocuments(text, lines, next);
  }
  return found;
}

/** How a line says that it goes on: by a backslash, or by what `# escape=` says before everything but other directives. */
function continuationIn(lines: readonly string[]): RegExp {
  for (const line of lines) {
    const [, name, value] = DIRECTIVE.exec(line) ?? [];
    if (name === undefined) return BY_BACKSLASH;
    if (name.toLowerCase() === 'escape') return value === '`' ? BY_BACKTICK : BY_BACKSLASH;
  }
  return BY_BACKSLASH;
}

/** Comments and empty lines do not end an instruction. */
function joined(lines: readonly string[], from: number, continued: RegExp): { readonly text: string; readonly next: number } {
  let text = '';
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (LEFT_OUT.test(line)) continue;
    text += line.replace(continued, '$1');
    if (!continued.test(line)) return { text: text.trim(), next: at + 1 };
  }
  return { text: text.trim(), next: lines.length };
}

function oneByOne(text: string): string[] {
  const [, names] = /^ARG\s(.*)$/i.exec(text) ?? [];
  return names === undefined ? [text] : (names.match(ARGUMENT_WORD) ?? []).map((word) => `ARG ${word}`);
}

/** What seems to begin and has no end is none: no builder takes it either. */
function behindDocuments(text: string, lines: readonly string[], from: number): number {
  if (!/^(?:RUN|COPY|ADD)\s/i.test(text)) return from;
  let next = from;
  for (const [, dash, , name] of text.matchAll(HERE_DOCUMENT)) {
    const end = lines.findIndex((line, index) => index >= next && (dash === '-' ? line.replace(/^\t+/, '') : line) === name);
    if (end < 0) return from;
    next = end + 1;
  }
  return next;
}
