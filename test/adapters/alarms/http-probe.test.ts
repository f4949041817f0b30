import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttpProbe } from '../../../adapters/alarms/http-probe.ts';
import type { HttpAlarm } from '../../../domain/alarm.ts';
import { HttpServers } from '../../support/http-servers.ts';

const servers = new HttpServers();
afterEach(() => servers.end());

const probe = createHttpProbe();
const options = { signal: new AbortController().signal };
const alarm = (url: string, more: Partial<HttpAlarm> = {}): HttpAlarm => ({
  kind: 'http',
  name: 'checkout',
  url,
  status: 200,
  intervalMs: 1_000,
  timeoutMs: 5_000,
  failures: 3,
  ...more,
});

describe('a question to an alarm’s URL', () => {
  it('is answered well by the status that is expected, and by no other', async () => {
    const server = await servers.serve((_, response) => response.writeHead(503).end('no'));
    const url = `http://${server.address}/checkout?deep=yes`;
    expect(await probe.ask(alarm(url), options)).toBe('it answers 503');
    expect(await probe.ask(alarm(url, { status: 503 }), options)).toBeUndefined();
    expect(server.seen.map((request) => request.url)).toEqual(['/checkout?deep=yes', '/checkout?deep=yes']);
  });

  it('follows nobody elsewhere', async () => {
    const server = await servers.serve((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    expect(await probe.ask(alarm(`http://${server.address}/`), options)).toBe('it answers 302');
  });

  it('ends in time where nobody answers, and says why where nobody listens', async () => {
    const silent = await servers.serve(() => undefined);
    expect(await probe.ask(alarm(`http://${silent.address}/`, { timeoutMs: 100 }), options)).toBe('it does not answer within 100 ms');
    const gone = await servers.serve(() => undefined);
    gone.end();
    expect(await probe.ask(alarm(`http://${gone.address}/`), options)).toMatch(/^it does not answer: connect ECONNREFUSED/);
  });

  it('reads no endless body, and takes an answer that breaks off after its head for what it says', async () => {
    const server = await servers.serve((_, response) => {
      response.writeHead(200);
      response.write('x'.repeat(1_000_000));
    });
    expect(await probe.ask(alarm(`http://${server.address}/`), options)).toBeUndefined();
  });

  it('heeds its caller', async () => {
    const silent = await servers.serve(() => undefined);
    const enough = new AbortController();
    const asked = probe.ask(alarm(`http://${silent.address}/`), { signal: enough.signal });
    enough.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });
});
