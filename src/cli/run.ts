// The live command: starts the spy and its faces, says where it listens, shows what passes until it is told to stop,
// and takes everything down in order, so that nothing that passed is lost on the way out.

import { AmqpSpyError } from '../errors.ts';
import { explainFault } from '../faults/registry.ts';
import { formatAddress } from '../proxy/address.ts';
import { type Spy, type SpyOptions, startSpy } from '../spy.ts';
import { LiveView } from './live-view.ts';
import { openRecording, type Recording } from './recording.ts';
import { parseApiAddress, parseSpyOptions, type SpyOptionValues } from './spy-options.ts';
import { parseViewOptions } from './view-options.ts';

/** What is shown of a shell's habit: 128 + SIGINT. */
const INTERRUPTED = 130;

interface Closable {
  close(): Promise<void>;
}

/** Runs until a signal, or until whoever reads the output goes away. Rejects with AmqpSpyError if it cannot start. */
export async function runLive(values: SpyOptionValues): Promise<void> {
  const viewOptions = parseViewOptions(values as never);
  const apiAddress = parseApiAddress(values);
  const options = await parseSpyOptions(values);
  const spy = await startSpy(options);
  const faces: Closable[] = [];
  let recording: Recording | undefined;
  try {
    if (values.record !== undefined) recording = openRecording(values.record, spy.log);
    if (apiAddress) {
      const { startApi } = await import('../api/server.ts');
      const token = values.apiToken;
      const api = await startApi({
        ...apiAddress,
        log: spy.log,
        connections: spy.connections,
        ...(token && { token }),
      });
      faces.push(api);
      announce(spy, options, values, `api ${api.url}${api.token ? `  token ${api.token}` : ''}`);
    } else {
      announce(spy, options, values);
    }
  } catch (error) {
    await spy.close();
    throw error;
  }
  const { log, connections } = spy;
  const view = await LiveView.open(viewOptions, { log, connections, stream: process.stdout });
  process.on('SIGUSR2', () => void view.printSummary());
  await untilStopped(view, recording);
  await spy.close();
  await view.close();
  recording?.close();
  await Promise.all(faces.map((face) => face.close()));
  await view.printSummary();
  if (recording?.failure) throw new AmqpSpyError('ERR_RECORDING', recording.failure);
}

/** Says on stderr where things are; stdout is for frames. */
function announce(spy: Spy, options: SpyOptions, values: SpyOptionValues, api?: string): void {
  const upstreams = options.upstreams.map((upstream) => `${upstream.tls ? 'amqps://' : ''}${formatAddress(upstream)}`);
  const lines = [`listening on ${spy.url.replace('amqp://', '')}, upstream ${upstreams.join(', ')}`];
  if (api !== undefined) lines.push(api);
  if (values.record !== undefined) lines.push(`recording to ${values.record}`);
  for (const fault of options.faults ?? []) lines.push(`fault: ${explainFault(fault)}`);
  if (options.faults?.some((fault) => fault.kind === 'delay' && fault.options.jitterMs > 0))
    lines.push(`seed ${options.seed}`);
  if (options.showSecrets) lines.push('secrets are shown');
  process.stderr.write(lines.map((line) => `amqp-spy: ${line}\n`).join(''));
}

/** The first signal stops in order, the second at once. */
function untilStopped(view: LiveView, recording: Recording | undefined): Promise<void> {
  return new Promise((resolve) => {
    view.onClosed = resolve;
    if (recording) recording.onFailure = resolve;
    const stop = (): void => {
      resolve();
      process.on('SIGINT', () => process.exit(INTERRUPTED));
      process.on('SIGTERM', () => process.exit(INTERRUPTED));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}
