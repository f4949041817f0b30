/** A right that Tidegate needs in a repository: https://docs.github.com/rest/authentication/permissions-required-for-github-apps */
export interface NeededPermission {
  /** GitHub's name of it in the API and in manifests. */
  readonly key: string;
  /** GitHub's name of it for people. */
  readonly name: string;
  readonly access: 'read' | 'write';
  /** What it is for. */
  readonly purpose: string;
  /** True where it is no matter of reading what is public. */
  readonly isPrivate?: true;
  /** The scopes of a classic token that hold it, for public repositories and for all; absent where no token has it. */
  readonly scopes?: readonly string[];
}

export type Granted = Readonly<Record<string, string>>;

export type Rights =
  | { readonly kind: 'app'; readonly permissions: Granted }
  | { readonly kind: 'classic'; readonly scopes: readonly string[]; readonly isPrivate: boolean };

const REPOSITORY = ['repo'] as const;

/** All that Tidegate asks of GitHub. */
export const PERMISSIONS: readonly NeededPermission[] = [
  { key: 'metadata', name: 'Metadata', access: 'read', purpose: 'to find the repository' },
  {
    key: 'contents',
    name: 'Contents',
    access: 'read',
    purpose: 'to read commits, and sources that come through GitHub',
    scopes: REPOSITORY,
  },
  {
    key: 'statuses',
    name: 'Commit statuses',
    access: 'write',
    purpose: 'to show each stage on its commit',
    scopes: ['repo:status', 'repo'],
  },
  { key: 'deployments', name: 'Deployments', access: 'write', purpose: 'to show what serves where', scopes: ['repo_deployment', 'repo'] },
  { key: 'checks', name: 'Checks', access: 'write', purpose: 'to show plan, gates and the button that approves' },
  { key: 'actions', name: 'Actions', access: 'read', purpose: 'to read workflow runs again', scopes: REPOSITORY },
  {
    key: 'repository_hooks',
    name: 'Webhooks',
    access: 'read',
    purpose: 'to fetch what was sent while nobody listened',
    scopes: ['read:repo_hook', 'write:repo_hook', 'admin:repo_hook', 'repo'],
    isPrivate: true,
  },
  { key: 'issues', name: 'Issues', access: 'write', purpose: 'to answer comments', scopes: REPOSITORY },
  { key: 'pull_requests', name: 'Pull requests', access: 'write', purpose: 'to answer comments of pull requests', scopes: REPOSITORY },
];

/** What was not granted. A classic token has no way to make check runs, and is not asked for it; it reads what is public without any scope. */
export function missingOf(rights: Rights): readonly NeededPermission[] {
  return PERMISSIONS.filter((needed) => (rights.kind === 'app' ? !isIn(rights.permissions, needed) : !isHeld(rights, needed)));
}

function isIn(granted: Granted, { key, access }: NeededPermission): boolean {
  const has = granted[key];
  return has === 'write' || has === 'admin' || (has === 'read' && access === 'read');
}

function isHeld({ scopes, isPrivate }: Extract<Rights, { kind: 'classic' }>, needed: NeededPermission): boolean {
  const { access, scopes: enough } = needed;
  if (enough === undefined) return true;
  const isPublic = !isPrivate && needed.isPrivate !== true;
  if (isPublic && access === 'read') return true;
  return enough.some((scope) => scopes.includes(scope)) || (isPublic && scopes.includes('public_repo'));
}
