import { problemSchema } from '../schemas/service.ts';

/** Every route can answer with a problem document. */
export const problemAnswer = {
  default: { description: 'A problem (RFC 9457), with a hint', content: { 'application/problem+json': { schema: problemSchema } } },
};
