import { type StreamLine, textOf } from '../follow-to-end.ts';
import { plainText } from '../log-text.ts';
import type { Redaction } from '../redaction.ts';
import { bytesIn, type Field, fieldsOf, isSet, textIn } from './fields.ts';

/** What steps have printed since their last line break. In bytes, as a piece may end within a character. */
type Rests = Map<string, Buffer>;

/** BuildKit's own report within the engine's stream: the messages StatusResponse, Vertex and VertexLog of its control.proto. */
const TRACE = 'moby.buildkit.trace';
const RESULT = 'moby.image.id';

const STATUS = { vertexes: 1, logs: 3 } as const;
const VERTEX = { digest: 1, name: 3, isCached: 4, started: 5, completed: 6 } as const;
const LOG = { vertex: 1, text: 4 } as const;

/** What a step prints without a line break is kept so far, as a part of it could be half a secret. */
const LONGEST_LINE = 65_536;

/** Reads the lines of a build by BuildKit as people should see them: steps by name, what they print by whole lines, without secrets. */
export function createBuildTrace(redact: Redaction): (line: StreamLine) => readonly string[] {
  const said = new Set<string>();
  const rests: Rests = new Map();
  return (line) => {
    const shown = line.id === TRACE ? traced(line.aux, said, rests) : [...ended(rests), ...(line.id === RESULT ? [] : textOf(line))];
    return shown.map((text) => redact(plainText(text))).filter((text) => text.trim() !== '');
  };
}

function traced(aux: unknown, said: Set<string>, rests: Rests): string[] {
  if (typeof aux !== 'string') return [];
  const status = fieldsOf(Buffer.from(aux, 'base64'));
  const of = (number: number): Field[][] => status.filter((field) => field.number === number).map(({ bytes }) => fieldsOf(bytes));
  return [
    ...of(STATUS.vertexes).flatMap((vertex) => stepOf(vertex, said)),
    ...of(STATUS.logs).flatMap((log) => printed(log, rests)),
    ...of(STATUS.vertexes).flatMap((vertex) => (isSet(vertex, VERTEX.completed) ? endOf(textIn(vertex, VERTEX.digest), rests) : [])),
  ];
}

/** Each once, when it begins. */
function stepOf(vertex: readonly Field[], said: Set<string>): string[] {
  const name = textIn(vertex, VERTEX.name);
  const key = `${textIn(vertex, VERTEX.digest)} ${isSet(vertex, VERTEX.isCached)}`;
  const isDoing = isSet(vertex, VERTEX.started) || isSet(vertex, VERTEX.isCached);
  if (!isDoing || said.has(key)) return [];
  said.add(key);
  return [isSet(vertex, VERTEX.isCached) ? `CACHED ${name}` : name];
}

function printed(log: readonly Field[], rests: Rests): string[] {
  const vertex = textIn(log, LOG.vertex);
  const bytes = Buffer.concat([rests.get(vertex) ?? Buffer.alloc(0), bytesIn(log, LOG.text)]);
  const end = bytes.lastIndexOf('\n') + 1;
  const isTooLong = bytes.length - end > LONGEST_LINE;
  rests.set(vertex, isTooLong ? Buffer.alloc(0) : bytes.subarray(end));
  const lines = bytes.subarray(0, end).toString('utf8').split('\n');
  return isTooLong ? [...lines, '(a line without end is left out)'] : lines;
}

function endOf(vertex: string, rests: Rests): string[] {
  const rest = rests.get(vertex)?.toString('utf8') ?? '';
  rests.delete(vertex);
  return rest === '' ? [] : [rest];
}

function ended(rests: Rests): string[] {
  return [...rests.keys()].flatMap((vertex) => endOf(vertex, rests));
}
