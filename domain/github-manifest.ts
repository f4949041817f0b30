import { PERMISSIONS } from './github-permissions.ts';

/** What GitHub is asked to make: https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters */
export interface AppManifest {
  readonly name: string;
  readonly url: string;
  readonly redirect_url: string;
  readonly public: false;
  readonly hook_attributes?: { readonly url: string; readonly active: true };
  readonly default_permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly default_events?: readonly string[];
}

/** What Tidegate listens to. */
const EVENTS = [
  'check_run',
  'check_suite',
  'create',
  'deployment',
  'deployment_protection_rule',
  'issue_comment',
  'pull_request',
  'push',
  'registry_package',
  'release',
  'repository_dispatch',
  'workflow_run',
];

/** GitHub takes 34 characters. */
const NAME_LIMIT = 34;

/** The App of an installation: only its own, with no right beyond what Tidegate asks for. Without a server's address it hears no webhooks. */
export function appManifest(of: {
  readonly name: string;
  readonly redirectUrl: string;
  /** Where GitHub reaches the server; undefined where it cannot. */
  readonly serverUrl: string | undefined;
}): AppManifest {
  const { name, redirectUrl, serverUrl } = of;
  const hooks = serverUrl === undefined ? {} : { hook_attributes: { url: `${serverUrl}/webhooks/github`, active: true as const } };
  return {
    name: name.slice(0, NAME_LIMIT),
    url: serverUrl ?? 'https://github.com',
    redirect_url: redirectUrl,
    public: false,
    ...hooks,
    default_permissions: { ...Object.fromEntries(PERMISSIONS.map(({ key, access }) => [key, access])), packages: 'read' },
    ...(serverUrl !== undefined && { default_events: EVENTS }),
  };
}
