import { z } from 'zod';
import {
  isSecretReference,
  MalformedReference,
  type SecretReference,
  secretReferences,
  splitReferences,
  type TextPart,
} from '../domain/secret-reference.ts';
import { customIssue, fileMode, type Refusal, text } from './scalars.ts';

const FILE_NAME = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** A secret: one reference and nothing else, so that no value stands in a file. */
export const secret = () =>
  text({
    expected: 'a secret as ${env:NAME} or ${file:PATH}',
    examples: ['${env:REGISTRY_PASSWORD}', '${file:rita.token}'],
    pattern: /^\$\{(env|file):[^}]+\}$/,
    refuse: (value) =>
      refuseReferences(value) ??
      (isSecretReference(value)
        ? undefined
        : { message: 'is a secret in plain text', hint: 'put it into a variable or a file, and write ${env:NAME} or ${file:PATH}' }),
  }).transform((value) => value as SecretReference);

function refuseReferences(value: string): Refusal | undefined {
  try {
    secretReferences(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof MalformedReference)) throw error;
    // The reference may hold a secret that was written into it by mistake: only the reason is repeated.
    return { message: `has a malformed reference: ${error.reason}`, hint: 'write ${env:NAME} or ${file:PATH}; for a plain ${ write $${' };
  }
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/;
/** Linux takes no longer one: MAX_ARG_STRLEN. */
const LONGEST_VALUE = 131_072;

const variableName = z.string().check((context) => {
  const refusal = refuseVariable(context.value);
  if (refusal !== undefined) context.issues.push(customIssue(context.value, refusal));
});

function refuseVariable(value: string): Refusal | undefined {
  if (!VARIABLE.test(value)) return { message: 'is no name of a variable', hint: 'letters, digits, _ . and -, not beginning with a digit' };
  if (value.startsWith('TIDEGATE_'))
    return { message: 'Tidegate sets variables that begin with TIDEGATE_ itself', hint: 'choose another name' };
  return undefined;
}

const variableValue = (refuse: (value: string) => Refusal | undefined) =>
  z.string({ error: 'expected text' }).check((context) => {
    const { value } = context;
    const long = value.includes('\0') || value.length > LONGEST_VALUE;
    const refusal = long ? { message: 'is too long or holds a NUL' } : (refuseReferences(value) ?? refuse(value));
    if (refusal !== undefined) context.issues.push(customIssue(value, refusal));
  });

/**
 * Environment variables of a container. Values may hold references to secrets;
 * the files are those below the folder of tidegate.yaml, and no others of that machine.
 */
export const environmentVariables = () =>
  z.record(
    variableName,
    variableValue((value) => (splitReferences(value).some(isOutside) ? OUTSIDE : undefined)),
  );

const OUTSIDE = { message: 'refers to a file outside the folder of tidegate.yaml', hint: "write a relative path without '..'" };

function isOutside(part: TextPart): boolean {
  return part.kind === 'file' && (/^[/\\~]/.test(part.path) || part.path.split(/[/\\]/).includes('..'));
}

/** The text of a secret file: what is secret in it is a reference, and no plain text. */
const secretText = () =>
  variableValue((value) => {
    if (splitReferences(value).some(isOutside)) return OUTSIDE;
    if (secretReferences(value).length > 0) return undefined;
    return { message: 'is a secret in plain text', hint: 'put it into a variable or a file, and write ${env:NAME} or ${file:PATH}' };
  });

const owner = z.number().int().min(0).max(4_294_967_294).default(0);

/** The name of a secret that is read as a file. */
export const secretName = () =>
  z.string().check((context) => {
    if (FILE_NAME.test(context.value)) return;
    const refusal = { message: 'is no name of a secret', hint: 'letters, digits, _ . and -, not beginning with . or -, at most 128' };
    context.issues.push(customIssue(context.value, refusal));
  });

/** Secrets that the steps of builds may ask for, each by its id. */
export const buildSecrets = () => z.record(secretName(), secret());

/** Secrets that a container reads as files; a text alone is its value. */
export const secretFiles = () =>
  z.record(
    secretName(),
    z.union(
      [
        secretText(),
        z.strictObject({
          value: secretText(),
          uid: owner.describe('Whose file it is, as a number'),
          gid: owner,
          mode: fileMode('0444'),
        }),
      ],
      { error: 'expected a text with a reference, or { value, uid, gid, mode }' },
    ),
  );

/** Arguments of an image's build: no secrets, as they stay readable in the image. */
export const buildArguments = () =>
  z.record(
    variableName,
    variableValue((value) => (secretReferences(value).length > 0 ? BUILD_SECRET : undefined)),
  );

const BUILD_SECRET = {
  message: 'a build argument stays readable in the image',
  hint: 'hand the secret to the container as environment, or to a step of the build by build.secrets',
};
