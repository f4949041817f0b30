import { z } from 'zod';
import { customIssue } from './scalars.ts';

/** Longer ones would weigh on every history that they are in. */
const MOST_CHARACTERS = 8_000;

/** A JSON schema (draft 2020-12) of an object. Whether it is one is seen by whoever can read it: the server, before it starts. */
export const approvalForm = () =>
  z.record(z.string(), z.unknown()).check((context) => {
    const { value } = context;
    const refuse = (message: string, hint: string) => context.issues.push(customIssue(value, { message, hint }));
    if (value.type !== 'object') refuse('is no schema of an object', 'begin with type: object');
    if (JSON.stringify(value).length > MOST_CHARACTERS) refuse(`is longer than ${MOST_CHARACTERS} characters`, 'ask for less');
    if (/"\$(?:ref|dynamicRef|id)":/.test(JSON.stringify(value))) refuse('refers to other schemas', 'write out what it asks for');
  });
