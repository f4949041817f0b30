import { run } from './programs.mjs';

/** Installs Debian packages, and refreshes the lists only when they turn out to be too old. Throws CommandFailed. */
export async function installPackages(packages) {
  try {
    await install(packages);
  } catch {
    // Empty or stale lists are the ordinary reason; if it was another, the second attempt says so.
    await run('apt-get', ['update', '-q']);
    await install(packages);
  }
}

/** Run level 1 keeps init scripts from starting the packages' services; systemd does not ask. */
function install(packages) {
  const options = ['-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  return run('apt-get', ['install', ...options, ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
}
