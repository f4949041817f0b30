import { NotTidegate, ServerRefused } from '../errors.ts';
import { plainDeep } from '../rendering/plain.ts';
import type { Answer } from './send.ts';

/**
 * The body of an answer; nothing in it commands a terminal any more.
 * Throws ServerRefused with the server's own words, NotTidegate for what no Tidegate server would say.
 */
export function readAnswer<Result>({ status, headers, text }: Answer, url: string): Result {
  if (headers['tidegate-version'] === undefined) throw new NotTidegate(url, `status ${status} without the header tidegate-version`);
  const body = parse(text, url, status);
  if (status >= 200 && status < 300) return body as Result;
  throw new ServerRefused(status, member(body, 'detail') ?? `The server answered ${status}`, member(body, 'hint') ?? '');
}

function parse(text: string, url: string, status: number): unknown {
  try {
    return plainDeep(JSON.parse(text));
  } catch (error) {
    throw new NotTidegate(url, `status ${status} with a body that is no JSON`, { cause: error });
  }
}

function member(body: unknown, name: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
