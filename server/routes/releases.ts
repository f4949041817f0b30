import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { permitsSomewhere } from '../../domain/people/permits.ts';
import { askerOf, personOf } from '../authenticate.ts';
import { requirePermissionSomewhere } from '../authorise.ts';
import { requireApplication } from '../catalogue.ts';
import { createRelease } from '../create-release.ts';
import { explainRelease } from '../explain-release.ts';
import { askWorkflow, findRelease } from '../find-release.ts';
import { planRelease } from '../plan-release.ts';
import type { ServerParts } from '../ports.ts';
import { reachOf } from '../reach.ts';
import { readDossiers } from '../read-dossiers.ts';
import { planPreviewSchema } from '../schemas/deployment.ts';
import { dossierListSchema } from '../schemas/dossier.ts';
import { explanationSchema } from '../schemas/explanation.ts';
import { releaseListSchema, releaseRecordSchema, releaseStatusSchema } from '../schemas/release.ts';
import {
  createReleaseSchema,
  dossierQuerySchema,
  explanationQuerySchema,
  listQuerySchema,
  planQuerySchema,
  releaseParametersSchema,
  stageParametersSchema,
  writeHeadersSchema,
} from '../schemas/requests.ts';
import { problemAnswer } from './problem-answer.ts';

const ONE = '/applications/:application/releases/:number';

export function releaseRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/releases',
      {
        config: { permission: 'create-release', permittedAt: 'somewhere' },
        schema: {
          operationId: 'createRelease',
          summary: 'Make a release of a commit, of images, or of both',
          description: 'The same commit and images are the same release: 201 when it is new, 200 when it was there.',
          headers: writeHeadersSchema,
          body: createReleaseSchema,
          response: { 200: releaseRecordSchema, 201: releaseRecordSchema, ...problemAnswer },
        },
      },
      async (request, reply) => {
        requirePermissionSomewhere(request, 'create-release', { application: request.body.application });
        const reach = reachOf(parts, personOf(request), 'create-release', request.body.application);
        const { record, created } = await createRelease(parts, request.body, askerOf(request), request.headers['idempotency-key'], reach);
        return reply.code(created ? 201 : 200).send(record);
      },
    );
    server.get(
      '/releases',
      {
        config: { permission: 'look', permittedAt: 'somewhere' },
        schema: {
          operationId: 'listReleases',
          summary: 'Releases, newest first',
          querystring: listQuerySchema,
          response: { 200: releaseListSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, limit, cursor } = request.query;
        if (application !== undefined) {
          requirePermissionSomewhere(request, 'look', { application });
          requireApplication(parts, application);
        }
        const page = await parts.engine.listReleases({
          limit,
          ...(application !== undefined && { application }),
          ...(cursor !== undefined && { cursor }),
        });
        const visible = page.releases.filter((release) =>
          permitsSomewhere(personOf(request), 'look', { application: release.application }),
        );
        return { releases: visible, ...(page.next !== undefined && { next: page.next }) };
      },
    );
    server.get(
      ONE,
      {
        config: { permission: 'look', permittedAt: 'somewhere' },
        schema: {
          operationId: 'releaseStatus',
          summary: 'A release with its stages, gates and hosts',
          params: releaseParametersSchema,
          response: { 200: releaseStatusSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, number } = request.params;
        const record = await findRelease(parts, application, number);
        return askWorkflow(record, () => parts.engine.releaseStatus(application, number));
      },
    );
    server.get(
      `${ONE}/plan`,
      {
        config: { permission: 'look', permittedAt: 'somewhere' },
        schema: {
          operationId: 'releasePlan',
          summary: 'What a deploy stage of a release would do now',
          description: 'Reads the hosts and changes nothing. Takes up to 40 seconds where a host does not answer.',
          params: releaseParametersSchema,
          querystring: planQuerySchema,
          response: { 200: planPreviewSchema, ...problemAnswer },
        },
      },
      async (request) => planRelease(parts, request.params.application, request.params.number, request.query.stage),
    );

    server.get(
      `${ONE}/explanation`,
      {
        config: { permission: 'look' },
        schema: {
          operationId: 'explainRelease',
          summary: 'All that stands between a release and its stages',
          description: 'Also of stages that are not reached yet, and of a release that has ended. Changes nothing.',
          params: releaseParametersSchema,
          querystring: explanationQuerySchema,
          response: { 200: explanationSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, number } = request.params;
        return { stages: await explainRelease(parts, application, number, request.query.stage) };
      },
    );
    server.get(
      `${ONE}/stages/:stage/dossiers`,
      {
        config: { permission: 'look', permittedAt: 'somewhere' },
        schema: {
          operationId: 'dossiers',
          summary: 'What is known of the containers that a failed deployment removed',
          params: stageParametersSchema,
          querystring: dossierQuerySchema,
          response: { 200: dossierListSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, number, stage } = request.params;
        const record = await findRelease(parts, application, number);
        return { dossiers: await readDossiers(parts, record, stage, request.query.host) };
      },
    );
  };
}
