import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { PACE } from '../../temporal/dev-server-pace.ts';
import { TEMPORAL_CLI_VERSION } from '../../temporal/executable.ts';
import { searchAttributeTypes } from '../../temporal/search-attributes.ts';

const service = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  ports: z.array(z.string()),
  volumes: z.array(z.string()),
  healthcheck: z.object({ test: z.array(z.string()) }),
});
const file = z.object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) });
const { services, volumes } = file.parse(parse(readFileSync(new URL('../../temporal-dev.yml', import.meta.url), 'utf8')));

it('the compose file gives Temporal the search attributes that the workflows set, the pace of our own, and the version that the tests run against', () => {
  const expected = Object.entries(searchAttributeTypes()).map(([name, type]) => `--search-attribute=${name}=${type}`);
  const given = services.temporal?.command.filter((word) => word.startsWith('--search-attribute'));
  expect(given?.sort()).toEqual(expected.sort());
  expect(services.temporal?.command).toEqual(expect.arrayContaining(valuesOf(PACE)));
  expect(services.temporal?.image).toContain(`:-${TEMPORAL_CLI_VERSION}}`);
});

it('the compose file publishes no port beyond loopback, and loses nothing when its containers are removed', () => {
  for (const { ports, volumes: mounts } of Object.values(services)) {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(mounts.map((mount) => mount.split(':')[0]).filter((name) => name === undefined || !(name in volumes))).toEqual([]);
  }
});

/** As Compose lists them, each word with its value. */
function valuesOf(words: readonly string[]): string[] {
  return words.flatMap((word, at) => (at % 2 === 0 ? [`${word}=${words[at + 1]}`] : []));
}
