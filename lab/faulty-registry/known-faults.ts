import { type Answer, type ErrorCode, empty, refusal, text } from './answers.ts';
import { bytesOf, contentOf } from './content.ts';
import type { Ending, Fault } from './faults.ts';
import type { Repositories } from './repositories.ts';
import type { Uploads } from './uploads.ts';

/** The registry's own answer gives way to this one. */
export function answers(answer: Answer): Fault {
  return { kind: 'answer', answer: () => answer };
}

function refuses(status: number, code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return answers(refusal(status, code, message, headers));
}

/** 401 and a challenge, also to those who hold what it asks for. */
export const unauthorized = (challenge: string) =>
  refuses(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
export const forbidden = () => refuses(403, 'DENIED', 'requested access to the resource is denied');
export const notFound = () => refuses(404, 'NAME_UNKNOWN', 'repository name not known to registry');
/** What a proxy says in front of a registry that is gone. */
export const strangersNotFound = () => answers(text(404, 'text/html', '<html><h1>404 Not Found</h1></html>'));
/** In seconds, or the time itself (RFC 9110, 10.2.3). */
export const tooManyRequests = (retryAfter: number | Date) =>
  refuses(429, 'TOOMANYREQUESTS', 'rate limited', {
    'retry-after': typeof retryAfter === 'number' ? String(retryAfter) : retryAfter.toUTCString(),
  });
export const fails = (status: 500 | 502 | 503 | 504) => refuses(status, 'UNKNOWN', 'unknown error');
/** As distribution says it on a full disk. */
export const diskFull = () => refuses(500, 'UNKNOWN', 'write /var/lib/registry/docker: no space left on device');
export const insufficientStorage = () => refuses(507, 'UNKNOWN', 'insufficient storage');
export const tooLarge = () => refuses(413, 'SIZE_INVALID', 'the blob is larger than this registry takes');

export const silence: Fault = { kind: 'silence', takes: 'all' };
/** Nothing of the body is taken either, so that whoever sends it is stuck. */
export const deafness: Fault = { kind: 'silence', takes: 'the head' };
export const stalls = (after: number): Fault => ({ kind: 'stall', after });
export const cutRequest = (after: number, ending: Ending): Fault => ({ kind: 'cut request', after, ending });
export const losesAnswer = (ending: Ending): Fault => ({ kind: 'lost answer', ending });
export const cutAnswer = (after: number, ending: Ending): Fault => ({ kind: 'cut answer', after, ending });
export const trickles = (part: 'head' | 'body', bytes: number, everyMs: number): Fault => ({ kind: 'trickle', part, bytes, everyMs });

/** To the same path at another origin, or to itself. */
export function redirects(status: 301 | 302 | 303 | 307 | 308, to: (pathWithQuery: string) => string): Fault {
  return { kind: 'answer', answer: ({ url }) => empty(status, { location: to(url.pathname + url.search) }) };
}

export function changes(change: (answer: Answer) => Answer | Promise<Answer>): Fault {
  return { kind: 'tamper', change };
}

/** One header more, another, or (undefined) one less. */
export function changesHeader(name: string, value: string | undefined): Fault {
  return changes((answer) => {
    const { [name]: _, ...others } = answer.headers;
    return { ...answer, headers: value === undefined ? others : { ...others, [name]: value } };
  });
}

/** Another body; its length is said truly. */
export function changesBody(change: (bytes: Buffer) => Buffer): Fault {
  return changes(async (answer) => ({ ...answer, content: contentOf(change(await bytesOf(answer.content))) }));
}

/** Right length, one wrong bit in the middle. */
export const corrupts = () =>
  changesBody((bytes) => {
    const wrong = Buffer.from(bytes);
    const middle = wrong.length >> 1;
    wrong[middle] = (wrong[middle] ?? 0) ^ 1;
    return wrong;
  });

/** Fewer bytes, and a Content-Length that fits them. */
export const truncates = (to: number) => changesBody((bytes) => bytes.subarray(0, to));

/** More bytes, and a Content-Length that fits them. */
export const lengthens = (by: number) => changesBody((bytes) => Buffer.concat([bytes, Buffer.alloc(by)]));

/** So many bytes more or fewer in Content-Length than there are; then the connection ends. */
export function misstatesLength(by: number): Fault {
  return changes((answer) => ({
    ...answer,
    headers: { ...answer.headers, 'content-length': String(answer.content.size + by), connection: 'close' },
  }));
}

/** The upload's time is over when the request comes. */
export function expiresUpload(uploads: Uploads): Fault {
  return before(() => {
    for (const id of uploads.open()) uploads.expire(id);
  });
}

/** The blob is taken, and is not there afterwards. */
export function losesBlob(repositories: Repositories): Fault {
  return {
    kind: 'aside',
    when: 'after',
    act: ({ url }) => {
      const [, name = ''] = /^\/v2\/(.+)\/blobs\/uploads\//.exec(url.pathname) ?? [];
      repositories.unlinkBlob(name, url.searchParams.get('digest') ?? url.searchParams.get('mount') ?? '');
    },
  };
}

/** Something happens when the request comes, before it is answered. */
export function before(act: () => void | Promise<void>): Fault {
  return { kind: 'aside', when: 'before', act };
}
