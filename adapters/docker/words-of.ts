import { types } from 'node:util';

/** What an error of the runtime or a client says. One that stands for several attempts (AggregateError) has only a code. */
export function wordsOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
