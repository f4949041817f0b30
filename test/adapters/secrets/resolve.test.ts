import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSecretResolver, SecretMissing } from '../../../adapters/secrets/resolve.ts';
import { MalformedReference } from '../../../domain/secret-reference.ts';

describe('the resolver of secrets', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-secrets-'));
    writeFileSync(join(directory, 'token'), 'from file\n');
    writeFileSync(join(directory, 'lines'), 'one\ntwo\n\n');
    writeFileSync(join(directory, 'empty'), '\n');
    writeFileSync(join(directory, 'large'), 'x'.repeat(70_000));
    mkdirSync(join(directory, 'folder'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const env: Record<string, string | undefined> = { TOKEN: 'hunter2', EMPTY: '' };
  const resolve = (text: string) => createSecretResolver({ env, directory })(text);
  const reveal = async (text: string) => (await resolve(text)).reveal();

  it('puts in variables and files, alone and within a longer text', async () => {
    expect(await reveal('${env:TOKEN}')).toBe('hunter2');
    expect(await reveal('${file:token}')).toBe('from file');
    expect(await reveal(`\${file:${join(directory, 'token')}}`)).toBe('from file');
    expect(await reveal('a ${env:TOKEN}, ${file:token}!')).toBe('a hunter2, from file!');
    expect(await reveal('plain ${HOME} $${env:TOKEN}')).toBe('plain ${HOME} ${env:TOKEN}');
  });

  it('takes the last line break of a file away, and no other', async () => {
    expect(await reveal('${file:lines}')).toBe('one\ntwo\n');
  });

  it('never resolves what a secret itself holds', async () => {
    env.NESTED = '${env:TOKEN}';
    expect(await reveal('${env:NESTED}')).toBe('${env:TOKEN}');
  });

  it('looks again each time', async () => {
    env.ROTATED = 'old';
    expect(await reveal('${env:ROTATED}')).toBe('old');
    env.ROTATED = 'new';
    expect(await reveal('${env:ROTATED}')).toBe('new');
  });

  it('gives what prints as [redacted] wherever it is printed', async () => {
    const secret = await resolve('${env:TOKEN}');
    expect(`${secret} ${JSON.stringify({ secret })} ${inspect({ secret })}`).not.toContain('hunter2');
  });

  it.each([
    ['${env:NOT_THERE}', 'the environment variable NOT_THERE is not set'],
    ['${env:toString}', 'the environment variable toString is not set'],
    ['${env:EMPTY}', 'is empty'],
    ['${file:not-there}', 'there is no such file'],
    ['${file:empty}', 'the file is empty'],
    ['${file:folder}', 'that is a folder'],
    ['${file:/dev/null}', 'that is no regular file'],
    ['${file:large}', 'the file has 70000 bytes'],
  ])('says of %s by name that %s', async (reference, reason) => {
    const failure = resolve(`\${env:TOKEN} ${reference}`);
    await expect(failure).rejects.toThrow(SecretMissing);
    await expect(failure).rejects.toThrow(`Expected a secret for ${reference}: `);
    await expect(failure).rejects.toThrow(reason);
    await expect(failure).rejects.not.toThrow('hunter2');
  });

  it('refuses a malformed reference', async () => {
    await expect(resolve('${vault:x}')).rejects.toThrow(MalformedReference);
  });
});
