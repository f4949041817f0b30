import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import slim from './contract/slim.json' with { type: 'json' };
import { jsonSchemaOf, type Schema } from './json-schema.ts';

/** One operation of the description: a method and a path template, `/repos/{owner}/{repo}`. */
export interface Operation {
  readonly method: string;
  readonly path: string;
}

/** Where a request or an answer differs from the description. */
export interface ContractFault {
  /** The member at fault; empty for the whole. */
  readonly field: string;
  /** GitHub's word for it: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed */
  readonly code: 'missing_field' | 'invalid';
  readonly message: string;
}

interface Described {
  readonly parameters?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: unknown }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

const ROOT = 'github';
/** The JSON's own type is too narrow to be looked into by name. */
const paths = slim.paths as unknown as Readonly<Record<string, Readonly<Record<string, Described>>>>;

/** GitHub's official OpenAPI description, as far as Tidegate uses it. Schemas are compiled at their first use. */
export class GitHubContract {
  readonly #bodies = new Ajv({ strict: false, logger: false, allErrors: true });
  /** Query values arrive as text. */
  readonly #queries = new Ajv({ strict: false, logger: false, allErrors: true, coerceTypes: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    for (const ajv of [this.#bodies, this.#queries]) formats.default(ajv).addFormat('uri', isUri);
    this.#bodies.addSchema({ $id: ROOT, ...(jsonSchemaOf({ paths: slim.paths, components: slim.components }) as Schema) });
  }

  operations(): readonly Operation[] {
    return Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => ({ method, path })));
  }

  /** What is wrong with a request's query and body; nothing when GitHub would take it. */
  requestFaults(operation: Operation, query: Readonly<Record<string, unknown>>, body: unknown): readonly ContractFault[] {
    const faults = this.#faults(`query ${operation.method} ${operation.path}`, { ...query }, () => this.#queryCheck(operation));
    if (described(operation).requestBody === undefined) return faults;
    const pointer = [...pointerTo(operation), 'requestBody', 'content', 'application/json', 'schema'];
    return [...faults, ...this.#faults(pointer.join(' '), body ?? {}, () => this.#compile(pointer))];
  }

  /** What is wrong with an answer. Errors that an operation does not describe have GitHub's general shapes. */
  answerFaults(operation: Operation, status: number, body: unknown): readonly ContractFault[] {
    // 204 and 302, say; of some errors the description leaves out what they hold.
    const named = described(operation).responses[String(status)];
    if (status < 400 && named !== undefined && named.$ref === undefined && named.content === undefined)
      return body === undefined ? [] : [{ field: '', code: 'invalid', message: `the description has no body for ${status}` }];
    const pointer = answerPointer(operation, status);
    if (pointer === undefined) return [{ field: '', code: 'invalid', message: `the description knows no answer ${status}` }];
    return this.#faults(pointer.join(' '), body, () => this.#compile(pointer));
  }

  #faults(key: string, value: unknown, compile: () => ValidateFunction): readonly ContractFault[] {
    const validate = this.#compiled.get(key) ?? compile();
    this.#compiled.set(key, validate);
    return validate(value) ? [] : (validate.errors ?? []).map(faultOf);
  }

  #compile(pointer: readonly string[]): ValidateFunction {
    return this.#bodies.compile({ $ref: `${ROOT}#/${pointer.map(escapeStep).join('/')}` });
  }

  #queryCheck(operation: Operation): ValidateFunction {
    const parameters = (described(operation).parameters ?? []).map(dereference).filter((parameter) => parameter.in === 'query');
    const properties = Object.fromEntries(parameters.map((parameter) => [parameter.name, jsonSchemaOf(parameter.schema)]));
    return this.#queries.compile({ type: 'object', properties });
  }
}

let official: GitHubContract | undefined;

/** The description, compiled once for all servers of a process: that takes longer than most of what they are asked. */
export function officialContract(): GitHubContract {
  official ??= new GitHubContract();
  return official;
}

/** GitHub describes empty texts as addresses: their default is ''. */
function isUri(text: string): boolean {
  return text === '' || URL.canParse(text);
}

function described(operation: Operation): Described {
  const found = paths[operation.path]?.[operation.method];
  if (found === undefined) throw new Error(`GitHub's description has no ${operation.method} ${operation.path}`);
  return found;
}

function pointerTo(operation: Operation): readonly string[] {
  return ['paths', operation.path, operation.method];
}

function answerPointer(operation: Operation, status: number): readonly string[] | undefined {
  const answer = described(operation).responses[String(status)];
  const content = ['content', 'application/json', 'schema'];
  if (answer?.$ref !== undefined) return [...answer.$ref.slice('#/'.length).split('/'), ...content];
  if (answer?.content !== undefined) return [...pointerTo(operation), 'responses', String(status), ...content];
  if (status === 422) return ['components', 'schemas', 'validation-error'];
  return status >= 400 ? ['components', 'schemas', 'basic-error'] : undefined;
}

function dereference(parameter: unknown): Parameter {
  const { $ref } = parameter as { readonly $ref?: string };
  if ($ref === undefined) return parameter as Parameter;
  const named: Readonly<Record<string, unknown>> = slim.components.parameters;
  return named[$ref.slice('#/components/parameters/'.length)] as Parameter;
}

function escapeStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function faultOf(error: ErrorObject): ContractFault {
  const parent = error.instancePath.slice(1).replaceAll('/', '.');
  const missing: unknown = error.params.missingProperty;
  if (typeof missing !== 'string') return { field: parent, code: 'invalid', message: sentence(parent, error) };
  return { field: parent === '' ? missing : `${parent}.${missing}`, code: 'missing_field', message: sentence(parent, error) };
}

function sentence(field: string, error: ErrorObject): string {
  const allowed: unknown = error.params.allowedValues;
  const values = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  return `${field === '' ? 'the request' : field} ${error.message ?? 'is wrong'}${values}`;
}
