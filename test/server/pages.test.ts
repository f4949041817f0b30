import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { call } from './call.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

describe('the page that links on GitHub lead to', () => {
  it('says how to look at a release to whoever has no token, and nothing of the release, be there one or not', async () => {
    const [known, unknown] = await Promise.all(
      ['shop/1', 'nowhere/99'].map((path) => call(`${api.url}/releases/${path}`, { token: null })),
    );
    expect(known).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
    expect(known?.text).toContain("tidegate status 'shop#1'");
    expect(unknown?.text.replaceAll('nowhere#99', 'shop#1')).toBe(known?.text);
    expect(known?.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it.each(['%3Cscript%3E/1', 'shop/0', 'shop/one', "shop'$(id)/1"])('is none at %s', async (path) => {
    const answer = await call(`${api.url}/releases/${path}`, { token: null });
    expect(answer.status).toBe(422);
    expect(answer.type).not.toContain('html');
  });
});
