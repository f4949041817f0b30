import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { askPrometheus, NoFigure } from '../../../adapters/metrics/prometheus.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What is asked of a Prometheus that answers so. */
async function ask(body: unknown, status = 200): Promise<number> {
  const url = await answering((_, response) => response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)));
  return askPrometheus(url, 'errors');
}

const result = (resultType: string, value: unknown) => ({ status: 'success', data: { resultType, result: value } });
const series = (value: string) => ({ metric: {}, value: [1_767_225_600, value] });

describe('a figure of Prometheus', () => {
  it('is the one number that the query gives now', async () => {
    const asked: (string | undefined)[] = [];
    const url = await answering((request, response) => {
      asked.push(request.url);
      response.end(JSON.stringify(result('vector', [series('0.25')])));
    });
    expect(await askPrometheus(`${url}/`, 'rate(errors[5m]) > 0')).toBe(0.25);
    expect(asked).toEqual(['/api/v1/query?query=rate%28errors%5B5m%5D%29+%3E+0']);
  });

  it('can be a scalar', async () => {
    expect(await ask(result('scalar', [1_767_225_600, '3']))).toBe(3);
  });

  it.each<readonly [string, unknown, number, RegExp]>([
    ['an error', 'down for maintenance', 500, /answers 500$/],
    ['an error that looks like an answer', result('vector', [series('0')]), 503, /answers 503$/],
    ['a page for people', '<html>Sign in</html>', 200, /is no JSON$/],
    ['nothing', '', 200, /is no JSON$/],
    ['null', 'null', 200, /is none of a query$/],
    ['a success without data', { status: 'success', data: null }, 200, /is none of a query$/],
    ['a failed query', { status: 'error', error: 'parse error' }, 200, /is none of a query$/],
    ['no series', result('vector', []), 200, /gives nothing, and must give one number$/],
    ['several series', result('vector', [series('0'), series('0')]), 200, /gives 2 series/],
    ['a range', result('matrix', [{ values: [] }]), 200, /gives a matrix/],
    ['no number', result('vector', [series('NaN')]), 200, /gives NaN, which is no number$/],
    ['an endless number', result('vector', [series('+Inf')]), 200, /which is no number$/],
    ['an empty number', result('vector', [series('')]), 200, /which is no number$/],
    ['a series without a value', result('vector', [{ metric: {} }]), 200, /which is no number$/],
    ['null for a series', result('vector', [null]), 200, /which is no number$/],
    ['null for a value', result('vector', [{ metric: {}, value: [0, null] }]), 200, /which is no number$/],
    ['more than an answer', `${' '.repeat(65_537)}{}`, 200, /at too great a length$/],
  ])('is none where it answers %s', async (_, body, status, reason) => {
    const refused = ask(body, status);
    await expect(refused).rejects.toBeInstanceOf(NoFigure);
    await expect(refused).rejects.toThrow(reason);
  });

  it('is none where it sends elsewhere, and nobody goes there', async () => {
    let asked = 0;
    const url = await answering((_, response) => {
      asked += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await expect(askPrometheus(url, 'errors')).rejects.toMatchObject({ name: 'NoFigure' });
    expect(asked).toBe(1);
  });

  it('is none where nobody listens', async () => {
    const url = await answering(() => {});
    server?.close();
    await expect(askPrometheus(url, 'errors')).rejects.toMatchObject({
      name: 'NoFigure',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each<readonly [string, RequestListener]>([
    ['never answers', () => {}],
    ['stops in the middle of its answer', (_, response) => response.writeHead(200).write('{"status":')],
  ])('is none where it %s', async (_, listener) => {
    const url = await answering(listener);
    await expect(askPrometheus(url, 'errors', 200)).rejects.toMatchObject({ name: 'NoFigure' });
  });
});
