import { instructions } from './dockerfile-instructions.ts';
import { readPlatform } from './platform-names.ts';

/** What a Dockerfile builds on, as far as it stands there in plain words once the arguments are filled in. */
export interface Foundations {
  /** Images from outside that the target is made of or copies from, each once, in their order. */
  readonly images: readonly string[];
  /** What the target itself begins with; undefined for scratch, and where it cannot be told. */
  readonly base?: string;
  /** The platform that this is taken of, where its FROM says so. */
  readonly basePlatform?: string;
}

/** An image from outside, for the platform that its stage names; for the build's own where it names none. */
export interface NeededImage {
  readonly name: string;
  readonly platform?: string;
}

interface Stage {
  readonly name: string;
  readonly from: string | undefined;
  readonly platform: string | undefined;
  /** Images from outside that it takes itself. */
  readonly needed: NeededImage[];
  /** Earlier stages that it takes something from, by their place. */
  readonly stages: number[];
}

const FROM = /^FROM\s+((?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?\s*$/i;
const ARGUMENT = /^ARG\s+([A-Za-z_]\w*)(?:=(.*))?$/i;
const COPIED = /^(?:COPY|ADD)\s+(?:--\S+\s+)*?--from=(\S+)/i;
const MOUNTED = /\s--mount=(?:\S*,)?from=([^,\s]+)/gi;
const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^}]*))?\})/g;

type Values = Readonly<Record<string, string>>;

/**
 * Reads the instructions FROM, ARG before the first of them, and COPY --from and RUN --mount, up to the target. `automatic` are arguments that no ARG
 * needs to name.
 */
export function foundationsOf(dockerfile: string, values: Values, target?: string, automatic: Values = {}): Foundations {
  const stages = read(dockerfile, values, target, automatic);
  const { from: base, platform } = firstOf(stages, stages.length - 1);
  return {
    images: [...new Set(stages.flatMap(({ needed }) => needed.map(({ name }) => name)))],
    ...(base !== undefined && base !== 'scratch' && { base, ...(platform !== undefined && { basePlatform: platform }) }),
  };
}

/** The same images, each once for a platform. */
export function neededImages(dockerfile: string, values: Values, target?: string, automatic: Values = {}): readonly NeededImage[] {
  return eachOnce(read(dockerfile, values, target, automatic));
}

/** Those of the stages that the target takes something from: BuildKit looks at no others, where the classic builder builds them all. */
export function reachedImages(dockerfile: string, values: Values, target?: string, automatic: Values = {}): readonly NeededImage[] {
  const stages = read(dockerfile, values, target, automatic);
  const reached = new Set([stages.length - 1]);
  // A stage can take from earlier ones alone, and a set gives what is added while it is walked.
  for (const place of reached) for (const other of stages[place]?.stages ?? []) reached.add(other);
  return eachOnce(stages.filter((_, place) => reached.has(place)));
}

function eachOnce(stages: readonly Stage[]): readonly NeededImage[] {
  const images = stages.flatMap(({ needed }) => needed);
  return [...new Map(images.map((image) => [JSON.stringify([image.name, image.platform]), image])).values()];
}

function read(dockerfile: string, values: Values, target: string | undefined, automatic: Values): readonly Stage[] {
  const stages: Stage[] = [];
  const globals = new Map(Object.entries(automatic).map(([name, value]) => [name, values[name] ?? value]));
  for (const line of instructions(dockerfile)) {
    const [, name, given] = stages.length === 0 ? (ARGUMENT.exec(line) ?? []) : [];
    const value = name === undefined ? undefined : argumentValue(name, given, values, globals);
    if (name !== undefined && value !== undefined) globals.set(name, value);
    const [, flags = '', image, as] = FROM.exec(line) ?? [];
    if (image !== undefined) {
      if (isTarget(stages.at(-1), stages.length - 1, target)) break;
      const [from, platform] = [filledIn(image, globals), platformIn(flags, globals)];
      stages.push({ name: (as ?? '').toLowerCase(), from, platform, needed: [], stages: [] });
      add(stages, from, stages.length - 1, platform);
    }
    add(stages, COPIED.exec(line)?.[1]);
    if (/^RUN\s/i.test(line)) for (const [, mounted] of line.matchAll(MOUNTED)) add(stages, mounted);
  }
  return stages;
}

/** An argument that is named alone has whatever it had, or nothing at all, which is not the same as an empty text. */
function argumentValue(name: string, given: string | undefined, values: Values, known: ReadonlyMap<string, string>): string | undefined {
  if (Object.hasOwn(values, name)) return values[name];
  return given === undefined ? undefined : (filledIn(unquoted(given), known) ?? '');
}

function isTarget(stage: Stage | undefined, index: number, target: string | undefined): boolean {
  return stage !== undefined && target !== undefined && (stage.name === target.toLowerCase() || String(index) === target);
}

/** Has the last stage take something from one of the first `among`, or from outside. */
function add(stages: readonly Stage[], name: string | undefined, among = stages.length, platform?: string): void {
  if (name === undefined || name.includes('$') || name === 'scratch') return;
  const place = /^\d+$/.test(name) ? Number(name) : placeOf(stages.slice(0, among), name);
  if (place >= 0) stages.at(-1)?.stages.push(place);
  else stages.at(-1)?.needed.push({ name, ...(platform !== undefined && { platform }) });
}

/** Of stages with the same name the last counts. */
function placeOf(stages: readonly Stage[], name: string): number {
  return stages.findLastIndex((stage) => stage.name !== '' && stage.name === name.toLowerCase());
}

function platformIn(flags: string, values: ReadonlyMap<string, string>): string | undefined {
  const [, text = ''] = /--platform=(\S+)/i.exec(flags) ?? [];
  // What is none is left to whoever builds, who says so.
  return readPlatform(filledIn(text, values) ?? '', values.get('BUILDPLATFORM'));
}

/** A stage may begin with another one, and is of its platform then. */
function firstOf(stages: readonly Stage[], place: number): Pick<Stage, 'from' | 'platform'> {
  const stage = stages[place];
  const before = stage?.from === undefined ? -1 : placeOf(stages.slice(0, place), stage.from);
  return before >= 0 ? firstOf(stages, before) : { from: stage?.from, platform: stage?.platform };
}

/** Undefined where an argument has no value. */
function filledIn(text: string, values: ReadonlyMap<string, string>): string | undefined {
  let isKnown = true;
  const filled = text.replace(VARIABLE, (_, plain?: string, braced?: string, operator?: string, word = '') => {
    const value = values.get(plain ?? braced ?? '');
    const isSet = operator?.startsWith(':') === true ? value !== undefined && value !== '' : value !== undefined;
    if (operator?.endsWith('+') === true) return isSet ? word : '';
    if (operator?.endsWith('-') === true) return isSet ? (value ?? '') : word;
    isKnown &&= value !== undefined;
    return value ?? '';
  });
  return isKnown && filled !== '' ? unquoted(filled) : undefined;
}

function unquoted(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, '$2');
}
