import envPaths from 'env-paths';

/** Where this user's sign-ins are, by the customs of the operating system. */
export function credentialsFolder(): string {
  return envPaths('tidegate', { suffix: '' }).config;
}
