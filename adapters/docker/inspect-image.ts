import type Docker from 'dockerode';

/** An image as the engine knows it. dockerode's own call does not pass the signal on, and would leave a silent connection open. */
export function inspectImage(docker: Docker, name: string, abortSignal: AbortSignal): Promise<Docker.ImageInspectInfo> {
  const statusCodes = { 200: true, 404: 'no such image', 500: 'server error' };
  return new Promise((resolve, reject) => {
    docker.modem.dial({ path: `/images/${name}/json`, method: 'GET', abortSignal, statusCodes }, (error, inspected) =>
      error ? reject(error) : resolve(inspected as Docker.ImageInspectInfo),
    );
  });
}
