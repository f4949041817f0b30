/** Where deliveries of GitHub come from: `hooks` of repositories and organisations, whose secret many may know, and the App's own, whose secret nobody else has. */
export const SOURCES = { hooks: 'github', app: 'github-app' } as const;

export type GitHubSource = (typeof SOURCES)[keyof typeof SOURCES];

export function isGitHubSource(source: string): source is GitHubSource {
  return source === SOURCES.hooks || source === SOURCES.app;
}
