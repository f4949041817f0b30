import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCheckAsker } from '../../../adapters/notify/check-asker.ts';
import { answerPath, type CheckQuestion } from '../../../domain/gates/check-question.ts';
import { Secret } from '../../../domain/secret.ts';
import { digestNumber } from '../../domain/arbitraries.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { HttpServers } from '../../support/http-servers.ts';

const NOON = Date.parse('2026-03-02T12:00:00Z');
const SECONDS = String(NOON / 1_000);
const NEW = 'the-new-secret-of-the-check';
const OLD = 'the-old-secret-of-the-check';
const SUBJECT = { release: 7, stage: 'production', planHash: 'plan-1', policyRevision: 'policy-1' };
const QUESTION: CheckQuestion = {
  ...{ id: 'question-1', check: 'itsm', application: 'shop', environment: 'production', subject: SUBJECT, commit: 'abc' },
  ...{ digests: [digestNumber(7)], askedAt: '2026-03-02T12:00:00.000Z', deadline: '2026-03-03T12:00:00.000Z' },
};

const servers = new HttpServers();
afterEach(() => servers.end());

type Answering = (response: ServerResponse, request: IncomingMessage) => unknown;

/** A check that answers in some way, and what it was sent. */
async function checkThat(answers: Answering) {
  const bodies: string[] = [];
  const { address, seen, end } = await servers.serve(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    bodies.push(body);
    answers(response, request);
  });
  const asker = createCheckAsker({
    targets: [{ name: 'itsm', url: `http://${address}/tidegate?team=shop`, secrets: async () => [new Secret(NEW), new Secret(OLD)] }],
    answerTo: (question) => `https://tidegate.example.com${answerPath(question)}`,
    now: () => NOON,
  });
  return { ask: (more: Partial<CheckQuestion> = {}) => asker.ask({ ...QUESTION, ...more }), bodies, seen, end };
}

const proof = (body: string, secret = NEW, id = 'question-1', time = SECONDS) => ({
  'webhook-id': id,
  'webhook-timestamp': time,
  'webhook-signature': `v1,${createHmac('sha256', secret).update(`${id}.${time}.${body}`).digest('base64')}`,
});
const YES = JSON.stringify({ verdict: 'yes', reason: 'CHG-7 is\napproved' });
const answering = (status: number, body = '', headers = {}) => checkThat((response) => response.writeHead(status, headers).end(body));

describe('a question to an external check', () => {
  it('names what is asked about, proves who asks, and is the same when it is sent again', async () => {
    const check = await answering(202);
    expect(await check.ask()).toEqual({ kind: 'taken' });
    await check.ask();
    const [body = '', again] = check.bodies;
    expect(JSON.parse(body)).toEqual({
      event: 'check-asked',
      ...{ id: 'question-1', check: 'itsm', application: 'shop', environment: 'production', commit: 'abc', digests: [digestNumber(7)] },
      ...{ askedAt: '2026-03-02T12:00:00.000Z', deadline: '2026-03-03T12:00:00.000Z', ...SUBJECT },
      answerTo: 'https://tidegate.example.com/webhooks/checks/shop/7/production/itsm',
    });
    expect(again).toBe(body);
    expect(check.seen[0]).toMatchObject({ method: 'POST', url: '/tidegate?team=shop', headers: proof(body) });
    expect(body).not.toContain(NEW);
  });

  it.each([204, 200, 201])('is taken with %s and no verdict', async (status) => {
    expect(await (await answering(status, status === 200 ? '{"status":"queued"}' : '')).ask()).toEqual({ kind: 'taken' });
  });

  it.each([400, 401, 403, 404, 407, 421, 422])(
    'is not taken with %s and no verdict, in the words of the one who refuses, and nobody has said no',
    async (status) => {
      const words = (seen: string) => ({
        name: 'QuestionNotTaken',
        message: `itsm did not take the question: it answers ${status}${seen}`,
      });
      await expect((await answering(status, '{"detail":"no such\\npage"}')).ask()).rejects.toMatchObject(words(' no such page'));
      await expect((await answering(status, '<html>no</html>')).ask()).rejects.toMatchObject(words(''));
      await expect((await answering(status, 'no change record', { 'retry-after': '90' })).ask()).rejects.toMatchObject({
        ...words(' no change record'),
        retryAfterMs: 90_000,
      });
      for (const body of [YES, '{"verdict":"perhaps"}', '{"verdict":'])
        await expect((await answering(status, body, proof(body))).ask()).rejects.toMatchObject({ name: 'QuestionNotTaken' });
    },
  );

  it.each([403, 404, 422])('is answered no with %s and a document that says so and proves it', async (status) => {
    const no = '{"verdict":"no","reason":"no change\\nrecord"}';
    expect(await (await answering(status, no, proof(no))).ask()).toEqual({ kind: 'answered', verdict: 'no', reason: 'no change record' });
    await expect((await answering(status, no)).ask()).rejects.toMatchObject({ name: 'QuestionNotTaken' });
  });

  it.each([500, 502, 503, 429, 408, 425])('is asked again after %s, and no sooner than the check wants', async (status) => {
    await expect((await answering(status, '', { 'retry-after': '90' })).ask()).rejects.toMatchObject({
      name: 'QuestionNotTaken',
      message: `itsm did not take the question: it answers ${status}`,
      retryAfterMs: 90_000,
    });
    const at = new Date(NOON + 5_000).toUTCString();
    await expect((await answering(status, '', { 'retry-after': at })).ask()).rejects.toMatchObject({ retryAfterMs: 5_000 });
    await expect((await answering(status)).ask()).rejects.toMatchObject({ retryAfterMs: undefined });
  });

  it('is asked again where nobody listens, where the answer breaks off or never ends, and where it leads elsewhere', async () => {
    const gone = await answering(200);
    gone.end();
    await expect(gone.ask()).rejects.toThrow(/^itsm did not take the question: it does not answer: connect ECONNREFUSED/);
    const broken = await checkThat((response) => response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()));
    await expect(broken.ask()).rejects.toThrow('it does not answer');
    const long = await answering(200, 'x'.repeat(70_000));
    await expect(long.ask()).rejects.toThrow('its answer is too long');
    const elsewhere = await answering(302, '', { location: 'http://127.0.0.1:1/' });
    await expect(elsewhere.ask()).rejects.toMatchObject({ name: 'QuestionNotTaken' });
    expect(elsewhere.seen).toHaveLength(1);
  });

  it('goes to no check that the worker does not know, nor without a secret', async () => {
    const check = await answering(200);
    await expect(check.ask({ check: 'other' })).rejects.toThrow('this worker knows no such check');
    const secretless = createCheckAsker({
      targets: [{ name: 'itsm', url: 'http://127.0.0.1:1', secrets: () => Promise.reject(new Error('the secret ${env:X} is missing')) }],
      answerTo: () => '',
    });
    await expect(secretless.ask(QUESTION)).rejects.toThrow('is missing');
    expect(check.seen).toEqual([]);
  });
});

describe('an answer in the response', () => {
  it('counts when it is signed with one of the secrets, for this very question', async () => {
    for (const secret of [NEW, OLD])
      expect(await (await answering(200, YES, proof(YES, secret))).ask()).toEqual({
        kind: 'answered',
        verdict: 'yes',
        reason: 'CHG-7 is approved',
      });
  });

  it.each<readonly [string, Record<string, string>]>([
    ['nothing that proves it', {}],
    ['the signature of somebody else', proof(YES, 'the-secret-of-somebody-else')],
    ['the signature of another question', proof(YES, NEW, 'question-2')],
    ['the signature of another answer', proof(YES.replace('yes', 'no'))],
    ['an old signature', proof(YES, NEW, 'question-1', String(NOON / 1_000 - 301))],
    ['a signature without a time', { ...proof(YES), 'webhook-timestamp': '' }],
    ['a signature that is cut off', { ...proof(YES), 'webhook-signature': proof(YES)['webhook-signature'].slice(0, -3) }],
  ])('over plain HTTP does not count with %s', async (_what, headers) => {
    await expect((await answering(200, YES, headers)).ask()).rejects.toMatchObject({ name: 'QuestionNotTaken' });
  });

  it('counts unsigned over TLS, where the connection proves who answers, and from nobody whose certificate is not trusted', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'check-asker-'));
    const certificates = await makeCertificates(directory);
    const { certificate: cert, key } = certificates.server;
    const { address } = await servers.serve((_request, response) => response.end(YES), { cert, key });
    const asker = (more: object) =>
      createCheckAsker({
        targets: [{ name: 'itsm', url: `https://${address}/`, secrets: async () => [new Secret(NEW)], ...more }],
        answerTo: answerPath,
      });
    expect(await asker({ ca: () => readFile(certificates.ca, 'utf8') }).ask(QUESTION)).toMatchObject({ kind: 'answered', verdict: 'yes' });
    await expect(asker({}).ask(QUESTION)).rejects.toThrow(/it does not answer: .*certificate/);
    await rm(directory, { recursive: true });
  });

  it('is neither yes nor no where it says something else', async () => {
    const maybe = '{"verdict":"perhaps"}';
    await expect((await answering(200, maybe, proof(maybe))).ask()).rejects.toThrow('its verdict is neither yes nor no');
  });
});
