// The file that --record writes. Written synchronously, a few large pieces at a time, so that what was recorded is in the
// file even if the program dies; a file that cannot be written ends the recording, and says so.

import { closeSync, openSync, writeSync } from 'node:fs';
import { AmqpSpyError } from '../errors.ts';
import type { FilterContext } from '../filter/context.ts';
import type { Filter } from '../filter/filter.ts';
import { FilteredReader } from '../filter/filtered-reader.ts';
import { withHandshakes } from '../filter/with-handshakes.ts';
import { PcapngWriter } from '../log/capture/pcapng-writer.ts';
import type { RecordStore } from '../log/record-store.ts';
import { Recorder } from '../log/recorder.ts';
import { VERSION } from '../version.ts';
import { fileReason } from './file-reason.ts';

export interface Recording {
  /** Why it ended early, if it did. */
  readonly failure: string | undefined;
  close(): void;
}

/** Only what passes is recorded. */
export interface RecordingFilter {
  readonly filter: Filter;
  readonly context: FilterContext;
}

/** Opens the file and records from here on. Throws AmqpSpyError if it cannot be written. */
export function openRecording(file: string, log: RecordStore, only?: RecordingFilter): Recording {
  let fd: number;
  try {
    fd = openSync(file, 'w');
  } catch (cause) {
    // A file that is missing is made, so it is its folder that is not there.
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = isMissing ? 'there is no such folder' : fileReason(cause);
    throw new AmqpSpyError('ERR_RECORDING', `--record: cannot write ${file}: ${reason}`, { cause });
  }
  let failure: string | undefined;
  const write = (bytes: Uint8Array): void => {
    if (failure !== undefined) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    } catch (error) {
      failure = (error as Error).message;
      warn(`--record: the recording ${file} ends here: ${failure}; the traffic goes on`);
    }
  };
  const writer = new PcapngWriter(write, `amqp-spy ${VERSION}`);
  const filter = only && withHandshakes(only.filter);
  const recorder = new Recorder(
    log,
    writer,
    filter && ((reader) => new FilteredReader(log, filter, only.context, reader)),
  );
  return {
    get failure() {
      return failure;
    },
    close() {
      recorder.close();
      closeSync(fd);
      if (recorder.missed > 0)
        warn(`the recording lacks ${recorder.missed} records: the disk was slower than the traffic`);
    },
  };
}

function warn(text: string): void {
  process.stderr.write(`amqp-spy: ${text}\n`);
}
