import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ProcessSettings } from '../../worker/connect-adapters.ts';
import type { Environment } from '../environment.ts';

/** What the adapters take from the environment, under the names that other tools use for it. */
export function processSettings({ variables }: Environment): ProcessSettings {
  const { DOCKER_HOST, DOCKER_CONTEXT, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, DOCKER_CONFIG, SSH_AUTH_SOCK } = variables;
  return {
    variables,
    docker: {
      ...(DOCKER_HOST ? { dockerHost: DOCKER_HOST } : {}),
      ...(DOCKER_CONTEXT ? { dockerContext: DOCKER_CONTEXT } : {}),
      ...(DOCKER_TLS_VERIFY ? { tlsVerify: true } : {}),
      ...(DOCKER_CERT_PATH ? { certificatePath: DOCKER_CERT_PATH } : {}),
      ...(DOCKER_CONFIG ? { configDirectory: DOCKER_CONFIG } : {}),
      ...(SSH_AUTH_SOCK ? { sshAgent: SSH_AUTH_SOCK } : {}),
      hostKey: { knownHosts: join(homedir(), '.ssh', 'known_hosts') },
    },
  };
}
