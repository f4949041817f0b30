import { NotTidegate, ServerRefused } from '../errors.ts';
import { plainDeep } from '../rendering/plain.ts';

/**
 * The body of an answer; nothing in it commands a terminal any more.
 * Throws ServerRefused with the server's own words, NotTidegate for what no Tidegate server would say.
 */
export async function readAnswer<Answer>(response: Response, url: string): Promise<Answer> {
  const text = await response.text();
  if (!response.headers.has('tidegate-version'))
    throw new NotTidegate(url, `status ${response.status} without the header tidegate-version`);
  const body = parse(text, url, response.status);
  if (response.ok) return body as Answer;
  throw new ServerRefused(response.status, member(body, 'detail') ?? `The server answered ${response.status}`, member(body, 'hint') ?? '');
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
