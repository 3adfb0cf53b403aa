// The live command: starts the spy and its faces, says where it listens, shows what passes until it is told to stop,
// and takes everything down in order, so that nothing that passed is lost on the way out.

import type { Api } from '../api/server.ts';
import type { Schemas } from '../content/decoder.ts';
import { explainFault, type FaultSpec } from '../faults/registry.ts';
import { formatAddress, type ListenAddress } from '../net/address.ts';
import { type Spy, type SpyOptions, startSpy } from '../spy.ts';
import type { BodyOptions } from './body-options.ts';
import { parseManagementAddress, startManagementFor } from './broker-options.ts';
import { loadFilter } from './filter-option.ts';
import { holdErrors } from './held-errors.ts';
import { LiveView } from './live-view.ts';
import { openRecording, type Recording } from './recording.ts';
import { untilSignalled } from './signals.ts';
import { parseApiAddress, parseSpyOptions, type SpyOptionValues } from './spy-options.ts';
import type { EndingSignal } from './top/screen.ts';
import { trackingStopped } from './tracking-failure.ts';
import { parseLiveViewOptions, type ViewOptions, type ViewOptionValues } from './view-options.ts';

const FAILURE = 1;

/** What commander hands over. */
export type LiveOptionValues = SpyOptionValues & ViewOptionValues;

/** What shows, keeps and serves what passes. */
interface Faces {
  readonly view: LiveView;
  readonly recording?: Recording;
  readonly api?: Api;
  readonly management?: Awaited<ReturnType<typeof startManagementFor>>;
}

/** Runs until a signal, or until whoever reads the output goes away. Rejects with AmqpSpyError if it cannot start. */
export async function runLive(values: LiveOptionValues): Promise<void> {
  const filter = await loadFilter(values);
  const { isTop, ...viewOptions } = { ...parseLiveViewOptions(values), ...(filter && { filter }) };
  if (isTop) await requireScreen();
  const apiAddress = parseApiAddress(values);
  const managementAddress = parseManagementAddress(values);
  const options = await parseSpyOptions(values);
  const stopped = untilSignalled();
  const spy = await startSpy({ ...options, managed: managementAddress !== undefined });
  const faces = await openFaces(spy, values, { view: viewOptions, apiAddress, managementAddress });
  const { view } = faces;
  process.on('SIGUSR2', () => void view.printSummary());
  announce(spy, options, values, faces);
  const gone = new Promise<void>((resolve) => (view.onClosed = resolve));
  const ended = isTop ? showTop(spy, viewOptions.color) : Promise.race([stopped, gone]);
  const { hangUp, failure } = await ended.then(
    (signal) => ({ hangUp: signal === 'SIGHUP', failure: undefined }),
    (error: unknown) => ({ hangUp: false, failure: error }),
  );
  await spy.close();
  await closeFaces(faces);
  // Ends as the signal ends programs: there is no terminal to say goodbye to, and Node's own exit would trip over that.
  if (hangUp) process.kill(process.pid, 'SIGHUP');
  if (failure !== undefined) throw failure;
  await view.printSummary();
  if (view.failure) process.stderr.write(`amqp-spy: ${view.failure.message}\n`);
  if (spy.session.failure !== undefined) process.stderr.write(trackingStopped(spy.session.failure));
  // Not left to Node: a reader of the output that does not read would keep the program alive.
  process.exit(view.failure || faces.recording?.failure !== undefined ? FAILURE : 0);
}

interface FaceOptions {
  readonly view: ViewOptions;
  readonly apiAddress: ListenAddress | undefined;
  readonly managementAddress: ListenAddress | undefined;
}

/** Opens what is asked for; rejects with AmqpSpyError, and takes everything down again, the spy too, if one cannot be. */
async function openFaces(spy: Spy, values: LiveOptionValues, options: FaceOptions): Promise<Faces> {
  const { log, connections, session } = spy;
  const { filter, bodies } = options.view;
  const opened: { -readonly [F in keyof Faces]?: Faces[F] } = {};
  try {
    if (values.record !== undefined)
      opened.recording = openRecording(values.record, log, filter && { filter, context: session });
    if (options.managementAddress) opened.management = await startManagementFor(spy.broker!, options.managementAddress);
    if (options.apiAddress) opened.api = await startApiFor(options.apiAddress, values.apiToken, spy, bodies);
    const view = await LiveView.open(options.view, { log, connections, session, stream: process.stdout });
    return { ...opened, view };
  } catch (error) {
    await closeFaces(opened);
    await spy.close();
    throw error;
  }
}

async function closeFaces({ view, recording, api, management }: Partial<Faces>): Promise<void> {
  await view?.close();
  recording?.close();
  await api?.close();
  await management?.close();
}

/** Throws ConfigError unless there is a terminal for a full screen. */
async function requireScreen(): Promise<void> {
  const { requireTerminal } = await import('./top/top.ts');
  requireTerminal(process, '--view');
}

/** Shows the full screen until the user quits, or a signal comes: that one. */
async function showTop({ session, url }: Spy, color: boolean | undefined): Promise<EndingSignal | undefined> {
  const { runTop } = await import('./top/top.ts');
  const { SpySource } = await import('./spy-source.ts');
  const release = holdErrors();
  try {
    return await runTop(new SpySource(session, url.replace(/^amqps?:\/\//, '')), process, { color });
  } finally {
    release();
  }
}

async function startApiFor(
  address: ListenAddress,
  token: string | undefined,
  { log, connections, session }: Spy,
  bodies: BodyOptions | undefined,
): Promise<Api> {
  const { startApi } = await import('../api/server.ts');
  const schemas = bodies && (await loadSchemasOf(bodies));
  const more = { ...(token !== undefined && { token }), ...(schemas && { schemas }) };
  return startApi({ ...address, log, connections, session, ...more });
}

/** Loads the decoders only if schemas are named. */
async function loadSchemasOf(bodies: BodyOptions): Promise<Schemas | undefined> {
  if (bodies.protoFiles.length + bodies.avroFiles.length === 0) return undefined;
  const { loadSchemas } = await import('./body-decoding.ts');
  return loadSchemas(bodies);
}

/** Says on stderr where things are; stdout is for frames. */
function announce(spy: Spy, options: SpyOptions, values: SpyOptionValues, { api, management }: Faces): void {
  const lines = [`listening on ${spy.url.replace('amqp://', '')}, ${brokerText(options)}`];
  if (management) lines.push(`management http://${formatAddress(management.address)}`);
  if (api) lines.push(`api ${api.url}${api.token === undefined ? '' : `, token ${api.token}`}`);
  if (values.record !== undefined) lines.push(`recording to ${values.record}`);
  for (const fault of options.faults ?? []) lines.push(`fault: ${explainFault(fault)}`);
  if (options.faults?.some(isRandom)) lines.push(`seed ${options.seed}`);
  if (options.showSecrets) lines.push('secrets are shown');
  process.stderr.write(lines.map((line) => `amqp-spy: ${line}\n`).join(''));
}

function brokerText({ upstreams = [], broker }: SpyOptions): string {
  const names = upstreams.map((upstream) => `${upstream.tls ? 'amqps://' : ''}${formatAddress(upstream)}`);
  if (names.length > 0) return `upstream ${names.join(', ')}`;
  const state = broker?.dataDir === undefined ? '(in memory)' : `(data in ${broker.dataDir})`;
  return `own broker ${state}${broker?.definitions ? '' : '; user guest, password guest'}`;
}

function isRandom(fault: FaultSpec): boolean {
  return fault.kind === 'delay' && fault.options.jitterMs > 0;
}
