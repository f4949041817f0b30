import { type Answer, page, refusal } from '../answers.ts';
import type { RecordedDelivery, RecordedHook } from '../repository-records.ts';
import { RepositoryShapes } from '../repository-shapes.ts';
import type { RepositoryName } from '../store.ts';
import { APP_PLACE, organizationPlace } from '../webhooks.ts';
import type { Call, Play, Plays, World } from './call.ts';

/** Where the hooks are that a request is about. */
type Place = (call: Call) => RepositoryName;

const ofRepository: Place = ({ name }) => name;
const ofOrganization: Place = ({ path }) => organizationPlace(path.org ?? '');
const ofApp: Place = () => APP_PLACE;

/** Webhooks of a repository, of an organisation and of the App, and what was sent to them. */
export const HOOK_PLAYS: Plays = {
  'get /repos/{owner}/{repo}/hooks': list(ofRepository, (call, hook) => shapesOf(call).hook(hook)),
  'get /repos/{owner}/{repo}/hooks/{hook_id}/deliveries': deliveries(ofRepository),
  'get /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}': delivery(ofRepository),
  'get /orgs/{org}/hooks': list(ofOrganization, (call, hook) => shapesOf(call).organizationHook(hook)),
  'get /orgs/{org}/hooks/{hook_id}/deliveries': deliveries(ofOrganization),
  'get /orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}': delivery(ofOrganization),
  'get /app/hook/config': (call, world) => {
    const [hook] = world.store.of('hook', APP_PLACE);
    return hook === undefined ? refusal(404, 'Not Found') : { status: 200, body: shapesOf(call).hookConfig(hook) };
  },
  'get /app/hook/deliveries': deliveries(ofApp),
  'get /app/hook/deliveries/{delivery_id}': delivery(ofApp),
};

function list(place: Place, shape: (call: Call, hook: RecordedHook) => object): Play {
  return (call, { store }) => {
    const shown = page(store.of('hook', place(call)), call.query, call.url);
    return { status: 200, body: shown.items.map((hook) => shape(call, hook)), headers: shown.headers };
  };
}

/** Pages are told by a cursor: the last delivery of the page before. */
function deliveries(place: Place): Play {
  return (call, world) => {
    const size = Math.min(Number(call.query.per_page ?? 30), 100);
    const before = Number(call.query.cursor ?? Number.MAX_SAFE_INTEGER);
    const rest = sentTo(place, call, world)
      .filter(({ id }) => id < before)
      .reverse();
    const [shown, last] = [rest.slice(0, size), rest[size - 1]];
    const more = last !== undefined && rest.length > size ? { link: `<${call.url}?per_page=${size}&cursor=${last.id}>; rel="next"` } : {};
    return { status: 200, body: shown.map((one) => shapesOf(call).deliveryItem(one)), headers: more };
  };
}

function delivery(place: Place): Play {
  return (call, world): Answer => {
    const found = sentTo(place, call, world).find(({ id }) => String(id) === call.path.delivery_id);
    const hook = world.store.of('hook', place(call)).find(({ id }) => id === found?.hook);
    if (found === undefined || hook === undefined) return refusal(404, 'Not Found');
    return { status: 200, body: shapesOf(call).delivery(found, hook.url) };
  };
}

function sentTo(place: Place, call: Call, { store }: World): readonly RecordedDelivery[] {
  const { hook_id: id } = call.path;
  return store.of('delivery', place(call)).filter(({ hook }) => id === undefined || String(hook) === id);
}

function shapesOf({ url }: Call): RepositoryShapes {
  return new RepositoryShapes(new URL(url).origin);
}
