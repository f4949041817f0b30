import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { askerOf, personOf } from '../authenticate.ts';
import { requirePermissionForStage } from '../authorise.ts';
import { castVote } from '../cast-vote.ts';
import { withCheckedInput } from '../check-form.ts';
import { decideHost } from '../decide-host.ts';
import { askWorkflow, findRelease, stageOfRelease } from '../find-release.ts';
import type { ServerParts } from '../ports.ts';
import { promote } from '../promote.ts';
import { releaseStatusSchema } from '../schemas/release.ts';
import {
  cancellationSchema,
  hostDecisionSchema,
  promotionSchema,
  releaseParametersSchema,
  voteSchema,
  writeHeadersSchema,
} from '../schemas/requests.ts';
import { changeId } from './change-id.ts';
import { problemAnswer } from './problem-answer.ts';

const ONE = '/applications/:application/releases/:number';
const shared = { headers: writeHeadersSchema, params: releaseParametersSchema, response: { 200: releaseStatusSchema, ...problemAnswer } };

/** What people decide about a release. Who decides is read from the credential, never from the body. */
export function decisionRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      `${ONE}/votes`,
      {
        config: { permission: 'vote', permittedAt: 'somewhere' },
        schema: { operationId: 'vote', summary: 'Approve or reject a stage that waits, or take that back', body: voteSchema, ...shared },
      },
      async (request) => {
        const record = await findRelease(parts, request.params.application, request.params.number);
        const stage = await stageOfRelease(parts.engine, record, request.body.stage);
        requirePermissionForStage(request, 'vote', record.application, stage);
        const vote = withCheckedInput({ ...request.body, ...askerOf(request), groups: personOf(request).groups }, stage);
        return castVote(parts.engine, record, vote, changeId(request, request.headers['idempotency-key']));
      },
    );
    server.post(
      `${ONE}/promotions`,
      {
        config: { permission: 'promote', permittedAt: 'somewhere' },
        schema: { operationId: 'promote', summary: 'Take a release through one stage, again or later', body: promotionSchema, ...shared },
      },
      async (request) => {
        const record = await findRelease(parts, request.params.application, request.params.number);
        const stage = await stageOfRelease(parts.engine, record, request.body.stage);
        requirePermissionForStage(request, 'promote', record.application, stage);
        const wish = { ...request.body, known: askerOf(request).known };
        return promote(parts, record, personOf(request), wish, changeId(request, request.headers['idempotency-key']));
      },
    );
    server.post(
      `${ONE}/decisions`,
      {
        config: { permission: 'decide', permittedAt: 'somewhere' },
        schema: {
          operationId: 'decideHost',
          summary: 'Say what becomes of a host that failed, or of an unclear canary, while its deployment asks',
          body: hostDecisionSchema,
          ...shared,
        },
      },
      async (request) => {
        const record = await findRelease(parts, request.params.application, request.params.number);
        const { stage, ...answer } = request.body;
        requirePermissionForStage(request, 'decide', record.application, await stageOfRelease(parts.engine, record, stage));
        const decision = { ...answer, ...askerOf(request) };
        return decideHost(parts.engine, record, stage, decision, changeId(request, request.headers['idempotency-key']));
      },
    );
    server.post(
      `${ONE}/cancellation`,
      {
        config: { permission: 'cancel' },
        schema: { operationId: 'cancelRelease', summary: 'Stop a release', body: cancellationSchema, ...shared },
      },
      async (request) => {
        const record = await findRelease(parts, request.params.application, request.params.number);
        const message = { ...request.body, ...askerOf(request) };
        const id = changeId(request, request.headers['idempotency-key']);
        return askWorkflow(record, () => parts.engine.cancel(record.application, record.number, message, id));
      },
    );
  };
}
