import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** gitea-js is made of Gitea's own description, operation by operation, and says in comments of which. */
const FOLDER = new URL('./', `file://${createRequire(import.meta.url).resolve('gitea-js')}`);
const CODE = readFileSync(new URL('index.mjs', FOLDER), 'utf8');
const TYPES = readFileSync(new URL('index.d.ts', FOLDER), 'utf8');

/** What GitHub knows and Gitea does not; it reads over what it does not know. */
const READ_OVER = ['per_page'];

interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
}

const OPERATIONS = [...CODE.matchAll(/@request (\w+):(\S+)[\s\S]*?\*\/\s*(\w+): \(/g)].map(([, method = '', path = '', name = '']) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(/[.+]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  name,
}));

/** What Gitea's published API would not take of a request; nothing where it would take it. */
export function faultsAtGitea({ method, path, body }: Asked): readonly string[] {
  const url = new URL(path.replace(/^\/api\/v1/, ''), 'http://gitea.test');
  const operation = OPERATIONS.find((one) => one.method === method && one.pattern.test(url.pathname));
  if (operation === undefined) return [`Gitea has no ${method} ${url.pathname}`];
  const signature = signatureOf(operation.name);
  const unknown = [...url.searchParams.keys()].filter((key) => !READ_OVER.includes(key) && !new RegExp(`\\b${key}\\??:`).test(signature));
  return [...unknown.map((key) => `${operation.name} has no parameter ${key}`), ...bodyFaults(operation.name, signature, body)];
}

function signatureOf(name: string): string {
  return new RegExp(String.raw`\b${name}: \(([\s\S]*?)params\?: RequestParams`).exec(TYPES)?.[1] ?? '';
}

function bodyFaults(name: string, signature: string, body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null) return [];
  const [, type] = /\b(?:body|content): (\w+)/.exec(signature) ?? [];
  const members = type === undefined ? undefined : new RegExp(String.raw`interface ${type} \{([\s\S]*?)\n\}`).exec(TYPES)?.[1];
  if (members === undefined) return [`${name} takes no body`];
  return Object.keys(body)
    .filter((key) => !new RegExp(String.raw`^ {4}${key}\??:`, 'm').test(members))
    .map((key) => `${type} has no member ${key}`);
}
