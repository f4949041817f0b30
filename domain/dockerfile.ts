import { instructions } from './dockerfile-instructions.ts';

/** What a Dockerfile builds on, as far as it stands there in plain words once the arguments are filled in. */
export interface Foundations {
  /** Images from outside that the target is made of or copies from, each once, in their order. */
  readonly images: readonly string[];
  /** What the target itself begins with; undefined for scratch, and where it cannot be told. */
  readonly base?: string;
}

/** An image from outside, for the platform that its stage names; for the build's own where it names none. */
export interface NeededImage {
  readonly name: string;
  readonly platform?: string;
}

interface Stage {
  readonly name: string;
  readonly from: string | undefined;
}

const FROM = /^FROM\s+((?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?\s*$/i;
const ARGUMENT = /^ARG\s+([A-Za-z_]\w*)(?:=(.*))?$/i;
const COPIED = /^(?:COPY|ADD)\s+(?:--\S+\s+)*?--from=(\S+)/i;
const MOUNTED = /\s--mount=(?:\S*,)?from=([^,\s]+)/gi;
const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^}]*))?\})/g;

const PLATFORM = /^[\w.-]+\/[\w.-]+(?:\/[\w.-]+)?$/;

type Values = Readonly<Record<string, string>>;

/**
 * Reads the instructions FROM, ARG before the first of them, and COPY --from and RUN --mount, up to the target. `automatic` are arguments that no ARG
 * needs to name.
 */
export function foundationsOf(dockerfile: string, values: Values, target?: string, automatic: Values = {}): Foundations {
  const { stages, needed } = read(dockerfile, values, target, automatic);
  const base = baseOf(stages, stages.at(-1)?.from);
  return { images: [...new Set(needed.map(({ name }) => name))], ...(base !== undefined && { base }) };
}

/** The same images, each once for a platform. */
export function neededImages(dockerfile: string, values: Values, target?: string, automatic: Values = {}): readonly NeededImage[] {
  const { needed } = read(dockerfile, values, target, automatic);
  return [...new Map(needed.map((image) => [JSON.stringify([image.name, image.platform]), image])).values()];
}

function read(dockerfile: string, values: Values, target: string | undefined, automatic: Values) {
  const stages: Stage[] = [];
  const needed: NeededImage[] = [];
  const globals = new Map(Object.entries(automatic).map(([name, value]) => [name, values[name] ?? value]));
  for (const line of instructions(dockerfile)) {
    const [, name, given] = stages.length === 0 ? (ARGUMENT.exec(line) ?? []) : [];
    const value = name === undefined ? undefined : argumentValue(name, given, values, globals);
    if (name !== undefined && value !== undefined) globals.set(name, value);
    const [, flags = '', image, as] = FROM.exec(line) ?? [];
    if (image !== undefined) {
      if (isTarget(stages.at(-1), stages.length - 1, target)) break;
      const from = filledIn(image, globals);
      stages.push({ name: (as ?? '').toLowerCase(), from });
      add(needed, stages.slice(0, -1), from, platformIn(flags, globals));
    }
    add(needed, stages, COPIED.exec(line)?.[1]);
    if (/^RUN\s/i.test(line)) for (const [, mounted] of line.matchAll(MOUNTED)) add(needed, stages, mounted);
  }
  return { stages, needed };
}

/** An argument that is named alone has whatever it had, or nothing at all, which is not the same as an empty text. */
function argumentValue(name: string, given: string | undefined, values: Values, known: ReadonlyMap<string, string>): string | undefined {
  if (Object.hasOwn(values, name)) return values[name];
  return given === undefined ? undefined : (filledIn(unquoted(given), known) ?? '');
}

function isTarget(stage: Stage | undefined, index: number, target: string | undefined): boolean {
  return stage !== undefined && target !== undefined && (stage.name === target.toLowerCase() || String(index) === target);
}

function add(needed: NeededImage[], stages: readonly Stage[], name: string | undefined, platform?: string): void {
  if (name === undefined || name.includes('$') || name === 'scratch' || /^\d+$/.test(name)) return;
  if (stages.some((stage) => stage.name !== '' && stage.name === name.toLowerCase())) return;
  needed.push({ name, ...(platform !== undefined && { platform }) });
}

function platformIn(flags: string, values: ReadonlyMap<string, string>): string | undefined {
  const [, text = ''] = /--platform=(\S+)/i.exec(flags) ?? [];
  const platform = filledIn(text, values);
  // What is none is left to whoever builds, who says so.
  return platform !== undefined && PLATFORM.test(platform) ? platform : undefined;
}

/** A stage may begin with another one. */
function baseOf(stages: readonly Stage[], from: string | undefined): string | undefined {
  const index = stages.findLastIndex(({ name }) => name !== '' && name === from?.toLowerCase());
  if (index >= 0 && index < stages.length - 1) return baseOf(stages.slice(0, index + 1), stages[index]?.from);
  return from === 'scratch' ? undefined : from;
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
