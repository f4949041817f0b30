import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { ImageBuildOptions } from 'dockerode';

/** Begins a build from a tar and gives what the engine reports of it. dockerode's own call would put a session of its own, which knows no secrets, in place of ours. */
export function startBuild(docker: Docker, context: Readable, settings: ImageBuildOptions, abortSignal: AbortSignal): Promise<Readable> {
  const { registryconfig, ...options } = settings;
  const statusCodes = { 200: true, 500: 'server error' };
  const request = { path: '/build?', method: 'POST', file: context, options, registryconfig, abortSignal, isStream: true, statusCodes };
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error, stream) => (error ? reject(error) : resolve(stream as Readable)));
  });
}
