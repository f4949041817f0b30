import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { jsonSchemas } from '../../config/json-schemas.ts';
import { documentedExample, SMALL_INSTALLATION, SMALL_PIPELINE } from './documents.ts';

function compiled(file: string): ValidateFunction {
  return new Ajv({ strict: true, strictTypes: false }).compile(JSON.parse(jsonSchemas()[file] ?? ''));
}

describe('the JSON Schemas for editors', () => {
  it.each(Object.keys(jsonSchemas()))('%s is the one that the code makes (npm run schemas)', (file) => {
    expect(readFileSync(`config/schemas/${file}`, 'utf8')).toBe(jsonSchemas()[file]);
  });

  it('accept what the code accepts', () => {
    const installation = compiled('tidegate.schema.json');
    const pipeline = compiled('pipeline.schema.json');
    for (const text of [documentedExample('tidegate.yaml'), SMALL_INSTALLATION]) expect(installation(parse(text))).toBe(true);
    for (const text of [documentedExample('pipeline.yaml'), SMALL_PIPELINE]) expect(pipeline(parse(text))).toBe(true);
  });

  it('refuse unknown keys, wrong types, durations without a unit and secrets in plain text', () => {
    const installation = compiled('tidegate.schema.json');
    const refuses = (from: string, to: string) => {
      expect(SMALL_INSTALLATION).toContain(from);
      expect(installation(parse(SMALL_INSTALLATION.replace(from, to)))).toBe(false);
    };
    refuses('installation: demo', 'instalation: demo');
    refuses('hosts: [one]', 'hosts: one');
    refuses('hosts: [one]', "hosts: [one], bake: '30'");
    refuses("address: '10.0.0.1:5000'", "address: '10.0.0.1:5000', username: x, password: hunter2");
  });
});
