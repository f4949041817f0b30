import { readdirSync, readFileSync } from 'node:fs';
import { Octokit } from 'octokit';
import type { Operation } from '../../../lab/github/contract.ts';
import { officialContract } from '../../../lab/github/contract.ts';
import type { RecordedRequest } from '../../../lab/github/local-github.ts';

const FOLDER = new URL('../../../adapters/github/', import.meta.url);
/** Octokit's own call for the token of an App's installation. */
const BY_THE_LIBRARY = 'post /app/installations/{installation_id}/access_tokens';
/** What is asked without octokit, by the file that does. */
const BY_HAND: Readonly<Record<string, string>> = {
  'manifest.ts': 'post /app-manifests/{code}/conversions',
  // Where that one leads is another host's.
  'source/tarball.ts': 'get /repos/{owner}/{repo}/tarball/{ref}',
};
/** It hands requests on. */
const FETCH_ITSELF = 'bounded-fetch.ts';

/** Every operation that is named in the code of our client: `post /repos/{owner}/{repo}/statuses/{sha}`. Throws for a call that it cannot read. */
export function usedOperations(): readonly string[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return [...new Set(files.flatMap((file) => operationsIn(file, readFileSync(new URL(file, FOLDER), 'utf8'))))].sort();
}

function operationsIn(file: string, source: string): readonly string[] {
  const named = [...source.matchAll(/octokit\.rest\.(\w+)\.(\w+)\(/g)].map(([, scope = '', method = '']) => operationOf(scope, method));
  const routes = [...source.matchAll(/['`](GET|POST|PUT|PATCH|DELETE) ((?:\$\{REPOSITORY\}|\/)[^'`\s]*)['`]/g)].map(
    ([, method = '', path = '']) => `${method.toLowerCase()} ${path.replace(`\${REPOSITORY}`, '/repos/{owner}/{repo}')}`,
  );
  const library = source.includes('createAppAuth(') ? [BY_THE_LIBRARY] : [];
  const byHand = BY_HAND[file];
  if (/\bfetch\(/.test(source) && byHand === undefined && file !== FETCH_ITSELF)
    throw new Error(`${file} asks GitHub by hand: say here for which operation`);
  return [...named, ...routes, ...library, ...(byHand === undefined ? [] : [byHand])];
}

const octokit = new Octokit();

function operationOf(scope: string, method: string): string {
  type Endpoints = Readonly<Record<string, Readonly<Record<string, { endpoint: { DEFAULTS: { method: string; url: string } } }>>>>;
  const found = (octokit.rest as unknown as Endpoints)[scope]?.[method]?.endpoint.DEFAULTS;
  if (found === undefined) throw new Error(`octokit has no rest.${scope}.${method}`);
  return `${found.method.toLowerCase()} ${found.url}`;
}

/** The operation of the description that a request is of; undefined where there is none. */
export function operationOfRequest({ method, path }: Pick<RecordedRequest, 'method' | 'path'>): string | undefined {
  const [pathname = ''] = path.split('?');
  const fitting = officialContract()
    .operations()
    .filter((operation) => operation.method === method.toLowerCase() && patternOf(operation).test(pathname));
  const [best] = fitting.sort((one, other) => parametersOf(one) - parametersOf(other));
  return best && `${best.method} ${best.path}`;
}

function patternOf({ path }: Operation): RegExp {
  return new RegExp(`^${path.replaceAll(/[.+]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function parametersOf({ path }: Operation): number {
  return path.split('{').length;
}
