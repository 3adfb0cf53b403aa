import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';
import { finished, run, startProcess } from './process.ts';

const node = process.execPath;

it('gives what a process wrote and how it ended', async () => {
  const script = 'process.stdin.pipe(process.stdout); process.stderr.write("oh"); process.exitCode = 3';
  const result = await finished(startProcess(node, ['-e', script], { input: { data: 'grüße' } }));
  expect(result).toEqual({ code: 3, signal: null, stdout: 'grüße', stderr: 'oh' });
});

it('waits for a line that came before or comes later', async () => {
  const child = startProcess(
    node,
    ['-e', 'console.log("first"); process.stdin.once("data", (data) => console.log("got", String(data)))'],
    {
      input: 'pipe',
    },
  );
  await child.waitForLine(/first/);
  child.write('it');
  expect((await child.waitForLine(/got (\w+)/, 'stdout'))[1]).toBe('it');
  await child.waitForLine(/first/);
  expect(await child.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
});

it('says what was written when a line never comes', async () => {
  const child = startProcess(node, ['-e', 'console.log("something else")']);
  await expect(child.waitForLine(/expected/)).rejects.toThrow(/exit code 0\) without .*something else/s);
});

it('fails a run that does not exit with code 0', async () => {
  await expect(run(node, ['-e', 'console.error("why"); process.exit(2)'])).rejects.toThrow(/exit code 2\)\nwhy/);
});

it('says how to install a command that is missing', () => {
  expect(() => startProcess('no-such-command')).toThrow('This test needs the command no-such-command');
});

it('ends the children of a process with it', async () => {
  const script = `const { pid } = require('node:child_process').spawn('sleep', ['1000']); console.log(pid)`;
  const child = startProcess(node, ['-e', script]);
  const [grandchild = ''] = await child.waitForLine(/^\d+$/);
  await child.kill();
  await gone(Number(grandchild));
});

it('ends a process whose parent was killed', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-process-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['process', 'require-command', 'root']) compile(name, folder);
  const script = "import { startProcess } from './process.js'; console.log(startProcess('sleep', ['1000']).pid)";
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(path.join(folder, 'main.js'), script);
  const parent = startProcess(node, [path.join(folder, 'main.js')]);
  const [child = ''] = await parent.waitForLine(/^\d+$/);
  parent.signal('SIGKILL');
  await gone(Number(child));
});

/** Makes a file of the rig runnable by Node 20, which runs no TypeScript. */
function compile(name: string, folder: string): void {
  const text = readFileSync(new URL(`./${name}.ts`, import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
    },
  });
  writeFileSync(path.join(folder, `${name}.js`), outputText);
}

/** Resolves once the process has ended, even if nobody has asked for its exit code yet. */
async function gone(pid: number): Promise<void> {
  await expect.poll(() => stateOf(pid), { timeout: 20_000 }).toMatch(/gone|Z/);
}

function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.charAt(0) ?? '';
  } catch {
    return 'gone';
  }
}
