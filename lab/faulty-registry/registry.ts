import type { Abilities } from './abilities.ts';
import { type Answer, type Asked, empty, json, refusal } from './answers.ts';
import { deleteBlob, deleteManifest } from './deletion.ts';
import { listReferrers, listTags } from './discovery.ts';
import { isName } from './names.ts';
import { readBlob, readManifest } from './pull.ts';
import { putManifest } from './push.ts';
import type { Repositories } from './repositories.ts';
import type { Route } from './routes.ts';
import type { Uploads } from './uploads.ts';

/** What answers when nothing goes wrong: the OCI distribution specification 1.1. */
export class Registry {
  constructor(
    private readonly repositories: Repositories,
    private readonly uploads: Uploads,
    private readonly abilities: Abilities,
  ) {}

  async answer(asked: Asked, route: Route): Promise<Answer> {
    const { repositories, abilities, uploads } = this;
    if (route.name !== undefined && !isName(route.name)) return refusal(400, 'NAME_INVALID', `${route.name} is no name`);
    switch (route.operation) {
      case 'ping':
        return json(200, {}, { 'docker-distribution-api-version': 'registry/2.0' });
      case 'getManifest':
      case 'headManifest':
        return readManifest(repositories, route.name, route.reference);
      case 'putManifest':
        return putManifest(repositories, abilities, asked, route.name, route.reference);
      case 'deleteManifest':
        return deleteManifest(repositories, abilities, route.name, route.reference);
      case 'getBlob':
      case 'headBlob':
        return readBlob(repositories, abilities, asked, route.name, route.digest);
      case 'deleteBlob':
        return deleteBlob(repositories, abilities, route.name, route.digest);
      case 'openUpload':
        return uploads.begin(asked, route.name);
      case 'mountBlob':
        return uploads.mount(asked, route.name);
      case 'sendChunk':
        return uploads.append(asked, route.name, route.upload);
      case 'finishUpload':
        return uploads.finish(asked, route.name, route.upload);
      case 'askUpload':
        return uploads.status(route.name, route.upload);
      case 'cancelUpload':
        return uploads.cancel(route.name, route.upload);
      case 'listTags':
        return listTags(repositories, abilities, asked.url, route.name);
      case 'referrers':
        return listReferrers(repositories, abilities, asked.url, route.name, route.digest);
      case 'token':
      case 'elsewhere':
        return empty(404);
    }
  }
}
