import type {
  RecordedComment,
  RecordedCommit,
  RecordedDelivery,
  RecordedHook,
  RecordedReaction,
  RecordedRef,
} from './repository-records.ts';
import { exampleOf, type Shape } from './shapes.ts';
import type { RepositoryName } from './store.ts';

const NOTHING = '0'.repeat(40);

/** GitHub's JSON of commits, refs, comments and webhooks: the examples of the description, with our values in their places. */
export class RepositoryShapes {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  commit(record: RecordedCommit): Shape {
    const { sha, parent, files } = record;
    const example = this.#example('commit', record);
    return {
      ...example,
      sha,
      parents: parent === '' ? [] : [{ sha: parent, url: this.#below(record, `commits/${parent}`) }],
      files: files.map((name) => this.#file(record, name)),
    };
  }

  comparison(name: RepositoryName, status: string, base: RecordedCommit, files: readonly string[]): Shape {
    return {
      ...this.#example('commit-comparison', name),
      status,
      ahead_by: status === 'ahead' ? 1 : 0,
      behind_by: status === 'behind' ? 1 : 0,
      base_commit: this.commit(base),
      merge_base_commit: this.commit(base),
      files: files.map((file) => this.#file(name, file)),
    };
  }

  activity(record: RecordedRef): Shape {
    const { id, ref, before, sha, by, createdAt } = record;
    // The description's example is of an older form, whose members the description itself no longer has.
    const [{ pusher }] = exampleOf('activity-items', this.#url, record) as unknown as readonly [Shape];
    return {
      id,
      node_id: Buffer.from(`Activity${id}`).toString('base64'),
      before: before === '' ? NOTHING : before,
      after: sha === '' ? NOTHING : sha,
      ref: `refs/${ref}`,
      timestamp: seconds(createdAt),
      activity_type: before === '' ? 'branch_creation' : sha === '' ? 'branch_deletion' : 'push',
      actor: { ...(pusher as Shape), id: by.id, login: by.login, type: by.type ?? 'User' },
    };
  }

  gitRef(name: RepositoryName, ref: string, sha: string): Shape {
    const object = { type: 'commit', sha, url: this.#below(name, `git/commits/${sha}`) };
    return { ...this.#example('git-ref', name), ref: `refs/${ref}`, url: this.#below(name, `git/refs/${ref}`), object };
  }

  comment(record: RecordedComment): Shape {
    const example = this.#example('issue-comment', record);
    const { id, body, author } = record;
    const user = { ...(example.user as Shape), id: author.id, login: author.login, type: author.type ?? 'User' };
    return { ...example, ...times(record), id, body, user, url: this.#below(record, `issues/comments/${id}`) };
  }

  reaction({ id, content, createdAt, ...name }: RecordedReaction): Shape {
    return { ...this.#example('reaction', name), id, content, created_at: seconds(createdAt) };
  }

  hook(record: RecordedHook): Shape {
    const config = { content_type: 'json', insecure_ssl: '0', url: record.url };
    return { ...this.#example('hook', record), ...times(record), id: record.id, events: record.events, config };
  }

  /** An organisation's webhooks are told of in the same words, elsewhere. */
  organizationHook(record: RecordedHook): Shape {
    const { id, events, owner } = record;
    const url = `${this.#url}/orgs/${owner}/hooks/${id}`;
    const config = this.hookConfig(record);
    return {
      ...times(record),
      id,
      url,
      ping_url: `${url}/pings`,
      deliveries_url: `${url}/deliveries`,
      name: 'web',
      events,
      active: true,
      config,
      type: 'Organization',
    };
  }

  hookConfig({ url }: RecordedHook): Shape {
    return { content_type: 'json', insecure_ssl: '0', secret: '********', url };
  }

  delivery(record: RecordedDelivery, url: string): Shape {
    const { guid, event, action, payload, statusCode, id } = record;
    return {
      ...this.#example('hook-delivery', record),
      id,
      guid,
      event,
      action,
      url,
      delivered_at: seconds(record.createdAt),
      status: statusCode === 0 ? 'failed to connect' : 'OK',
      status_code: statusCode,
      request: { headers: { 'X-GitHub-Delivery': guid, 'X-GitHub-Event': event }, payload },
    };
  }

  /** As lists show it. */
  deliveryItem(record: RecordedDelivery): Shape {
    const { request: _, response: _response, url: _url, ...item } = this.delivery(record, '');
    return item;
  }

  #file(name: RepositoryName, filename: string): Shape {
    const [file] = this.#example('commit-comparison', name).files as readonly Shape[];
    return { ...file, filename };
  }

  #example(example: string, name: RepositoryName): Shape {
    return exampleOf(example, this.#url, name);
  }

  #below({ owner, repo }: RepositoryName, path: string): string {
    return `${this.#url}/repos/${owner}/${repo}/${path}`;
  }
}

function times({ createdAt }: { readonly createdAt: string }): Shape {
  return { created_at: seconds(createdAt), updated_at: seconds(createdAt) };
}

/** GitHub tells times to the second. */
function seconds(at: string): string {
  return at.replace(/\.\d+Z$/, 'Z');
}
