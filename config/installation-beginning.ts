import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { httpUrl } from './addresses.ts';
import { readDocument } from './document.ts';
import { InstallationInvalid } from './errors.ts';
import { explain } from './explain.ts';
import { gitHubApi } from './github-api.ts';
import { readBytes } from './installation-file.ts';
import { filePath } from './paths.ts';
import { name } from './scalars.ts';

/** What has to be known of an installation before it has a GitHub App. */
export interface InstallationBeginning {
  readonly name: string;
  /** The folder of its file. */
  readonly directory: string;
  /** Without a slash at its end. */
  readonly serverUrl?: string;
  /** The address of GitHub's API. */
  readonly api: string;
  /** The absolute path of a PEM file. */
  readonly ca?: string;
}

const beginning = z.looseObject({
  installation: name(),
  server: z.looseObject({ url: z.exactOptional(httpUrl()) }).prefault({}),
  github: z.looseObject({ api: gitHubApi(), ca: z.exactOptional(filePath()) }).prefault({}),
});

/**
 * Reads of a tidegate.yaml what makes a GitHub App, and nothing else: where applications name their repositories already, it is whole only once it names the App.
 * Throws ConfigurationUnreadable, or InstallationInvalid with every problem of what is read.
 */
export async function readBeginning(path: string): Promise<InstallationBeginning> {
  const file = resolve(path);
  const document = readDocument(await readBytes(file), path);
  if (document.problems.length > 0) throw new InstallationInvalid(document.problems);
  const { success, data, error } = beginning.safeParse(document.value);
  if (!success) throw new InstallationInvalid(explain(error.issues, document).map((finding) => document.problem(finding)));
  const { installation, server, github } = data;
  const directory = dirname(file);
  return {
    name: installation,
    directory,
    ...(server.url !== undefined && { serverUrl: server.url.replace(/\/+$/, '') }),
    api: github.api,
    ...(github.ca !== undefined && { ca: resolve(directory, github.ca) }),
  };
}
