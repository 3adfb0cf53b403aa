// Where a capture comes from: a file, or standard input, which may never end. Counterpart of read-capture.ts.
// Invariant: a block is valid until the next one is asked for; after `stop` no more come.

import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AmqpSpyError, ConfigError } from '../errors.ts';
import { fileReason } from './file-reason.ts';

/** Bytes read at a time. */
const BLOCK = 1 << 20;
const STANDARD_INPUT = '-';

export interface CaptureSource {
  /** As a message calls it. */
  readonly name: string;
  /** Bytes in all; undefined where nobody knows. */
  readonly size: number | undefined;
  readonly blocks: AsyncIterable<Uint8Array>;
  stop(): void;
}

/** Opens a file, or `-`: the given standard input. Rejects with AmqpSpyError. */
export async function openSource(file: string, stdin: Readable & { readonly isTTY?: boolean }): Promise<CaptureSource> {
  if (file !== STANDARD_INPUT) return openFile(file);
  if (stdin.isTTY) throw new ConfigError('read -', 'expected a capture on standard input, found a terminal');
  return { name: 'standard input', size: undefined, blocks: streamBlocks(stdin), stop: () => stdin.destroy() };
}

async function openFile(file: string): Promise<CaptureSource> {
  try {
    const handle = await open(file);
    const stats = await handle.stat();
    let isStopped = false;
    return {
      name: file,
      size: stats.isFile() ? stats.size : undefined,
      blocks: fileBlocks(file, handle, () => isStopped),
      stop: () => {
        isStopped = true;
      },
    };
  } catch (error) {
    throw readError(file, error);
  }
}

/** One buffer serves for all blocks: a stream would make one for each. */
async function* fileBlocks(file: string, handle: FileHandle, isStopped: () => boolean): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(BLOCK);
  try {
    while (!isStopped()) {
      const { bytesRead } = await handle.read(buffer, 0, BLOCK);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw readError(file, error);
  } finally {
    await handle.close();
  }
}

async function* streamBlocks(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    // A stream that was stopped says that it ended too early.
    if (stream.errored || !stream.destroyed) throw readError('standard input', error);
  }
}

function readError(name: string, error: unknown): AmqpSpyError {
  if (error instanceof AmqpSpyError) return error;
  return new AmqpSpyError('ERR_CAPTURE_READ', `cannot read ${name}: ${fileReason(error)}`, { cause: error });
}
