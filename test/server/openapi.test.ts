import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { call } from './call.ts';

const OPERATIONS = [
  'GET /api/v1/applications',
  'GET /api/v1/applications/{application}/environments/{environment}',
  'GET /api/v1/applications/{application}/environments/{environment}/hosts/{host}/plan',
  'GET /api/v1/applications/{application}/environments/{environment}/rollback',
  'GET /api/v1/applications/{application}/releases/{number}',
  'GET /api/v1/applications/{application}/releases/{number}/explanation',
  'GET /api/v1/applications/{application}/releases/{number}/plan',
  'GET /api/v1/applications/{application}/releases/{number}/stages/{stage}/dossiers',
  'GET /api/v1/audit/checkpoint',
  'GET /api/v1/audit/checkpoints',
  'GET /api/v1/audit/differences',
  'GET /api/v1/audit/growth',
  'GET /api/v1/audit/records',
  'GET /api/v1/audit/records/{sequence}',
  'GET /api/v1/audit/records/{sequence}/proof',
  'GET /api/v1/environments',
  'GET /api/v1/guards',
  'GET /api/v1/releases',
  'GET /api/v1/retention/runs/{run}',
  'GET /api/v1/retention/runs/{run}/rows',
  'GET /api/v1/standing',
  'GET /api/v1/tokens',
  'GET /api/v1/webhooks/deliveries',
  'GET /api/v1/webhooks/deliveries/{number}',
  'GET /api/v1/whoami',
  'GET /healthz',
  'GET /readyz',
  'GET /sign-in',
  'POST /api/v1/applications/{application}/environments/{environment}/alarms/{alarm}',
  'POST /api/v1/applications/{application}/environments/{environment}/break-glass',
  'POST /api/v1/applications/{application}/environments/{environment}/holds',
  'POST /api/v1/applications/{application}/environments/{environment}/hosts/{host}/deployment',
  'POST /api/v1/applications/{application}/environments/{environment}/rollback',
  'POST /api/v1/applications/{application}/releases/{number}/cancellation',
  'POST /api/v1/applications/{application}/releases/{number}/decisions',
  'POST /api/v1/applications/{application}/releases/{number}/promotions',
  'POST /api/v1/applications/{application}/releases/{number}/votes',
  'POST /api/v1/audit/erasures',
  'POST /api/v1/blocks',
  'POST /api/v1/blocks/{id}/end',
  'POST /api/v1/break-glass/{id}/ratification',
  'POST /api/v1/delegations',
  'POST /api/v1/delegations/{id}/end',
  'POST /api/v1/freezes',
  'POST /api/v1/freezes/{id}/end',
  'POST /api/v1/guards/end',
  'POST /api/v1/holds/{id}/end',
  'POST /api/v1/releases',
  'POST /api/v1/retention/runs',
  'POST /api/v1/retention/runs/{run}/cancellation',
  'POST /api/v1/tokens',
  'POST /api/v1/tokens/{token}/revocation',
  'POST /api/v1/webhooks/deliveries/{number}/replay',
  'POST /webhooks/alarms/{application}/{environment}/{alarm}',
  'POST /webhooks/checks/{application}/{number}/{stage}/{check}',
  'POST /webhooks/github',
  'POST /webhooks/images/{name}',
  'POST /webhooks/images/{name}/{secret}',
];

interface Operation {
  readonly operationId?: string;
  readonly security?: unknown;
  readonly responses: Record<string, unknown>;
}

describe('the OpenAPI document', () => {
  let api: ApiUnderTest;
  let document: Record<string, unknown>;
  const operations = () =>
    Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
    );
  beforeAll(async () => {
    api = await startApi();
    document = (await call(`${api.url}/openapi.json`, { token: null })).body;
  });
  afterAll(() => api.stop());

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('lists every route', () => {
    expect(
      operations()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(OPERATIONS);
  });

  it('lists what docs/api.md lists', () => {
    const manual = readFileSync('docs/api.md', 'utf8');
    for (const operation of OPERATIONS) expect(manual).toContain(`\`${operation}\``);
  });

  it('names each operation once, and says that all under /api ask for a token and can answer with a problem', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(OPERATIONS.length);
    for (const { path, operation } of operations().filter(({ path }) => path.startsWith('/api'))) {
      expect([path, operation.security]).toEqual([path, [{ bearer: [] }]]);
      expect(operation.responses.default).toMatchObject({ content: { 'application/problem+json': {} } });
    }
  });

  it('points at no schema that is not there', () => {
    const components = document.components as { schemas: Record<string, unknown> };
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references) expect(Object.keys(components.schemas)).toContain(reference);
  });
});
