// The programs that tests need beside Node: finds what is missing and, as root on Debian, installs it.
// Counterpart: packages.json, the list; test/rig/require-command.ts fails a test whose program is missing.
// Invariant: installs only what is missing, and starts no package manager when nothing is.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const list = JSON.parse(readFileSync(new URL('packages.json', import.meta.url), 'utf8'));

/** Debian keeps daemons here, outside an ordinary user's PATH. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Returns whether all programs are there, in the end. If not, it has printed which, and how to install them. */
export function installMissingPackages() {
  let missing = findMissing();
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    aptInstall(missing);
    missing = findMissing();
  }
  if (missing.length === 0) return true;
  process.stderr.write(
    `Missing, and needed by some tests, which will fail: ${missing.join(', ')}\n` +
      `On Debian, install them with: sudo apt-get install -y ${missing.join(' ')}\n`,
  );
  return false;
}

function findMissing() {
  return list.filter((entry) => !isPresent(entry)).map((entry) => entry.package);
}

function isPresent({ command, run }) {
  if (run) return spawnSync(run[0], run.slice(1), { stdio: 'ignore' }).status === 0;
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...systemFolders];
  return folders.some((folder) => folder !== '' && existsSync(path.join(folder, command)));
}

function aptInstall(packages) {
  process.stderr.write(`Installing Debian packages (${packages.join(', ')})…\n`);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  let result = apt(install);
  if (result.status !== 0) {
    apt(['update']);
    result = apt(install);
  }
  if (result.status !== 0) process.stderr.write(`apt-get install failed\n${result.stdout}${result.stderr}`);
}

function apt(args) {
  return spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
}
