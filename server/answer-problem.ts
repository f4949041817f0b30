import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { NotFound, Refused, TemporalUnavailable, WorkerUnavailable, WorkflowBusy, WorkflowStuck } from '../temporal/errors.ts';
import { isOutage } from './outage.ts';
import type { ServerLog } from './ports.ts';
import { RequestProblem, UnfitRequest } from './problems.ts';
import type { ProblemDocument } from './schemas/service.ts';

type Problem = Omit<ProblemDocument, 'type' | 'requestId'>;

/** Turns whatever was thrown into problem+json (RFC 9457). What is not meant for callers goes to the log alone. */
export function problemAnswerer(log: ServerLog) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = describe(error) ?? unexpected(error, request, log);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    return sendProblem(reply, request, problem);
  };
}

/** Answers with a problem document. */
export function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: Problem): FastifyReply {
  const document: ProblemDocument = { type: 'about:blank', ...problem, requestId: request.id };
  return reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(document);
}

const LEDGER_HINT =
  'try again; meanwhile tokens of tidegate.yaml and of the data folder, and people who have signed in before, can roll back all the same';

function describe(error: unknown): Problem | undefined {
  if (error instanceof RequestProblem) return ownProblem(error);
  if (error instanceof NotFound) {
    return { title: 'Not found', status: 404, detail: error.message, hint: "'tidegate status' lists what there is" };
  }
  if (error instanceof Refused) {
    return { title: 'Refused', status: 409, detail: error.message, hint: "'tidegate status' shows how things stand now" };
  }
  if (error instanceof TemporalUnavailable) {
    return { title: 'Temporal does not answer', status: 503, detail: error.message, hint: "run 'tidegate doctor', then try again" };
  }
  if (error instanceof WorkerUnavailable) {
    return { title: 'No worker answers', status: 503, detail: error.message, hint: "run 'tidegate doctor', then try again" };
  }
  if (error instanceof WorkflowStuck) {
    return { title: 'The workflow does not advance', status: 503, detail: error.message, hint: "'tidegate doctor' says where Temporal is" };
  }
  if (error instanceof WorkflowBusy) {
    return { title: 'Too many ask at once', status: 503, detail: error.message, hint: 'ask again in a moment' };
  }
  if (isOutage(error)) {
    return { title: 'The ledger does not answer', status: 503, detail: 'Its database cannot be read or written now', hint: LEDGER_HINT };
  }
  if (error instanceof Error && error.name === 'ReleaseDiffers')
    return {
      title: 'Changed in the database',
      status: 409,
      detail: error.message,
      hint: "'tidegate audit verify' says what else was changed",
    };
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error);
  return badRequest(error);
}

function ownProblem(error: RequestProblem): Problem {
  const errors = error instanceof UnfitRequest ? [{ member: error.member, message: error.message }] : undefined;
  return { title: error.title, status: error.status, detail: error.message, hint: error.hint, ...(errors && { errors }) };
}

function invalid(error: { validation: readonly { instancePath: string; message?: string }[]; validationContext?: unknown }): Problem {
  const errors = error.validation.map((issue) => ({
    member: issue.instancePath.slice(1).replaceAll('/', '.') || String(error.validationContext ?? 'body'),
    message: issue.message ?? 'is not as expected',
  }));
  const detail = errors.map((one) => `${one.member}: ${one.message}`).join('; ');
  return { title: 'The request does not fit', status: 422, detail, hint: '/openapi.json describes what is expected', errors };
}

/** What fastify itself refuses: malformed JSON, a body too large, another media type. */
function badRequest(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const status = error.statusCode;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return { title: STATUS_CODES[status] ?? 'Bad request', status, detail: error.message, hint: '/openapi.json describes what is expected' };
}

function unexpected(error: unknown, request: FastifyRequest, log: ServerLog): Problem {
  log.error({ err: error, requestId: request.id, method: request.method, url: request.routeOptions.url }, 'Request failed');
  const detail = `The server could not answer; its log has the reason under request ${request.id}`;
  return { title: 'Internal error', status: 500, detail, hint: "read the server's log, or run 'tidegate doctor'" };
}
