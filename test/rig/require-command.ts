// Finds the programs that tests run besides Node: tshark, rabbitmq-server, tcpdump and so on.
// Counterpart: .ci/packages.json, the one list of Debian packages, which .ci/test.mjs installs.
// Invariant: a missing program is a failure that says what to install; it never makes a test skip itself.

import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './root.ts';

interface DebianPackage {
  readonly package: string;
  readonly command: string;
}

/** Debian keeps daemons here, outside an ordinary user's PATH. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The absolute path of a command, or undefined when no such command is installed. */
export function findCommand(command: string): string | undefined {
  if (command.includes('/')) return isExecutable(command) ? path.resolve(command) : undefined;
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...systemFolders];
  return folders
    .filter(Boolean)
    .map((folder) => path.join(folder, command))
    .find(isExecutable);
}

/**
 * The absolute path of a command that a test needs.
 * @throws Error naming the command and how to install it.
 */
export function requireCommand(command: string): string {
  const found = findCommand(command);
  if (found === undefined) throw new Error(missing(command));
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function missing(command: string): string {
  const list = path.join(root, '.ci', 'packages.json');
  const packages = JSON.parse(readFileSync(list, 'utf8')) as DebianPackage[];
  const owner = packages.find((entry) => entry.command === command);
  const remedy = owner
    ? `install it with: apt-get install -y ${owner.package} (npm test does so when run as root on Debian)`
    : 'install it and put it on the PATH';
  return `This test needs the command ${command}, which is not installed; ${remedy}`;
}
