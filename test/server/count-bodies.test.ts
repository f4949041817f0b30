import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { until } from '../../lab/until.ts';
import { problemAnswerer } from '../../server/answer-problem.ts';
import { countBodies } from '../../server/inbox/count-bodies.ts';

const PATIENT_MS = 60_000;

let server: FastifyInstance;
let url: string;
let arrived: number;
let logged: unknown[];

beforeEach(async () => {
  logged = [];
  arrived = 0;
  server = Fastify();
  server.setErrorHandler(problemAnswerer({ info: () => undefined, error: (...line) => void logged.push(line) }));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
  server.addHook('preParsing', countBodies(10));
  server.addHook('preParsing', (_request, _reply, payload, done) => {
    payload.on('data', (chunk: Buffer) => {
      arrived += chunk.length;
    });
    done(null, payload);
  });
  server.post('/', async ({ body }) => String(body));
  url = await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => server.close());

const open = (): ClientRequest => request(url, { method: 'POST', headers: { 'content-type': 'text/plain' } });

async function answerOf(asked: ClientRequest): Promise<readonly [number | undefined, string]> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => asked.once('response', resolve).once('error', reject));
  return [answer.statusCode, await text(answer)];
}

const post = (body: string) => answerOf(open().end(body));

/** Sends a part of a body and waits until it has come. */
async function begin(part: string): Promise<ClientRequest> {
  const [asked, before] = [open(), arrived];
  asked.write(part);
  await until('the part to come', PATIENT_MS, async () => arrived === before + part.length);
  return asked;
}

it('lets so many bytes be taken in at once and refuses what goes beyond, until there is room again', async () => {
  const slow = await begin('123456');
  expect(await post('1234')).toEqual([200, '1234']);
  expect((await post('12345'))[0]).toBe(503);
  const answer = answerOf(slow);
  slow.end();
  expect(await answer).toEqual([200, '123456']);
  expect(await post('1234567890')).toEqual([200, '1234567890']);
  expect(logged).toEqual([]);
});

it('forgets what came of a body that broke off', async () => {
  const broken = await begin('123456');
  broken.once('error', () => undefined).destroy();
  await until('there to be room', PATIENT_MS, async () => (await post('1234567890'))[0] === 200);
});
