import type { IncomingHttpHeaders } from 'node:http';
import { type Content, contentOf, NOTHING } from './content.ts';

/** The head of a request. */
export interface Heard {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** A request as the registry reads it. */
export interface Asked extends Heard {
  readonly body: AsyncIterable<Buffer>;
}

/** What is answered; Content-Length is added on the way out where there is none. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Content;
}

export type ErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNAUTHORIZED'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, content: NOTHING };
}

export function text(status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': type, ...headers }, content: contentOf(Buffer.from(body)) };
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return text(status, 'application/json', JSON.stringify(value), headers);
}

/** A refusal in the specification's words ("Error Codes"). */
export function refusal(status: number, code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return json(status, { errors: [{ code, message, detail: null }] }, headers);
}
