import type { HttpAnswer } from './transport.ts';

/** The beginning of an answer. */
export type HttpHead = Pick<HttpAnswer, 'status' | 'headers'>;

/** Statuses whose body is what was asked for. */
const CONTENT = [200, 206];

/** Bytes up to and with the empty line that ends a head; undefined when there is none. */
export function headLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? undefined : end + 4;
}

/** Status and headers, as RFC 9112 (sections 4 and 5) writes them; undefined for whatever is written otherwise. */
export function readHead(text: string): HttpHead | undefined {
  const [first = '', ...lines] = text.split('\r\n').slice(0, -2);
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1];
  const fields = lines.map((line) => /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line));
  if (status === undefined || fields.includes(null)) return undefined;
  const headers = new Map<string, string[]>();
  for (const field of fields) {
    const name = (field?.[1] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), field?.[2] ?? '']);
  }
  return { status: Number(status), headers: Object.fromEntries([...headers].map(([name, all]) => [name, single(all)])) };
}

/** Bytes of the body that follows, when it is plain content of one known length; undefined for everything else. */
export function lengthOf({ status, headers }: HttpHead): number | undefined {
  const { 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': encoding } = headers;
  const isPlain = transfer === undefined && (encoding === undefined || encoding === 'identity');
  return CONTENT.includes(status) && isPlain && typeof length === 'string' && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function single(all: string[]): string | string[] {
  return all.length === 1 ? (all[0] ?? '') : all;
}
