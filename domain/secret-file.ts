/** A secret that a container reads as a file of `SECRETS_FOLDER`. */
export interface SecretFile {
  /** The file's name. */
  readonly name: string;
  /** As configured, with `${env:…}` or `${file:…}` in it; resolved by adapters at the moment of use only. */
  readonly value: string;
  readonly uid: number;
  readonly gid: number;
  /** As in chmod. */
  readonly mode: number;
}

/** Where a container finds its secrets; compose and swarm put theirs there too. */
export const SECRETS_FOLDER = '/run/secrets';

/** Secret to a keyed digest of its value: tells that it changed, and nothing of what it is. */
export type SecretVersions = Readonly<Record<string, string>>;

/** Component to the versions of its secrets; a component without secret files is not in it. */
export type WantedSecrets = Readonly<Record<string, SecretVersions>>;

/** The secrets whose values are not the same, or that are in one alone, in the order of their names. */
export function changedSecrets(from: SecretVersions = {}, to: SecretVersions = {}): readonly string[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort((a, b) => (a < b ? -1 : 1));
  return names.filter((name) => from[name] !== to[name]);
}
