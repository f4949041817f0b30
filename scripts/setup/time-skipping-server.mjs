import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './programs.mjs';

const VERSION = '1.32.0';

const PROJECT = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tidegate</groupId><artifactId>time-skipping-server</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${VERSION}</version></dependency>
  </dependencies>
</project>
`;

const WRAPPER = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

/** Where the test server that skips time lies: a wrapper beside its libraries. */
export function timeSkippingServerInCache(cache) {
  return join(cache, 'temporal-test-server', VERSION, 'temporal-test-server');
}

/** Puts Temporal's time-skipping test server into the cache, whole or not at all: two checkouts may do so at once. */
export async function obtainTimeSkippingServer(cache) {
  const target = timeSkippingServerInCache(cache);
  await mkdir(dirname(dirname(target)), { recursive: true });
  const work = await mkdtemp(join(cache, 'obtaining-'));
  try {
    await fill(work);
    await rename(join(work, 'server'), dirname(target)).catch((error) => {
      // Another checkout was quicker.
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

async function fill(work) {
  const server = join(work, 'server');
  await mkdir(server);
  await writeFile(join(work, 'pom.xml'), PROJECT);
  await run('mvn', ['-B', '-q', '-f', join(work, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${join(server, 'lib')}`]);
  await writeFile(join(server, 'temporal-test-server'), WRAPPER);
  await chmod(join(server, 'temporal-test-server'), 0o755);
}
