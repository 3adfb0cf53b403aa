// Reads a capture as it comes, in pieces of any size: pcap or pcapng in, the bytes of its AMQP connections out.
// Counterpart of PcapngWriter. Touches no file or socket; runs in a browser, too.
// Invariant: what is complete is emitted before write() returns, from the caller's own chunk wherever possible.

import { CaptureFormatError } from '../../errors.ts';
import type { CaptureFormat } from './capture-format.ts';
import type { CaptureSink } from './capture-sink.ts';
import { type CaptureSummary, CaptureTally } from './capture-summary.ts';
import { PcapFormat, pcapByteOrder } from './pcap.ts';
import { isPcapng, PcapngFormat } from './pcapng.ts';
import { TcpCapture } from './tcp-capture.ts';

export interface CaptureReaderOptions {
  /** Server ports that are AMQP whatever the bytes; other ports are judged by them. Default: 5672 and 5673. */
  readonly ports?: readonly number[];
  /** Most TCP connections to remember at a time. Default: 65,536. */
  readonly connections?: number;
}

const DEFAULT_PORTS = [5672, 5673];
const MAGIC = 4;
const FIRST_CARRY = 64 * 1024;

export class CaptureReader<C> {
  private readonly tally = new CaptureTally();
  private readonly capture: TcpCapture<C>;
  private format: CaptureFormat | undefined;
  /** The begin of a record whose rest has not come. */
  private carry = new Uint8Array(FIRST_CARRY);
  private carried = 0;
  private ended = false;

  constructor(sink: CaptureSink<C>, options: CaptureReaderOptions = {}) {
    const ports = new Set(options.ports ?? DEFAULT_PORTS);
    this.capture = new TcpCapture(sink, this.tally, ports, options.connections);
  }

  /** What was read so far. */
  get summary(): CaptureSummary {
    return this.tally.summary();
  }

  /**
   * Reads on. The chunk may be reused as soon as this returns.
   *
   * @throws CaptureFormatError at a record that cannot be right; what came before it has been emitted then, all
   *   connections are ended, and further chunks are ignored.
   */
  write(chunk: Uint8Array): void {
    if (this.ended) return;
    try {
      const at = this.carried === 0 && this.format !== undefined ? 0 : this.fillCarry(chunk);
      // A bare Uint8Array, whatever subclass came in: views of it are cheaper to make.
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
      if (at < bytes.length) this.keep(bytes, this.format!.read(bytes, at, bytes.length), bytes.length);
    } catch (error) {
      if (error instanceof CaptureFormatError) this.finish();
      throw error;
    }
  }

  /**
   * The capture is over: emits what was held back and ends all connections.
   *
   * @throws CaptureFormatError if not even the file header was there; a last record cut short is no error, see
   *   `truncated` in the summary.
   */
  end(): CaptureSummary {
    if (this.ended) return this.summary;
    try {
      const format = this.format;
      if (format === undefined || !format.begun) {
        throw new CaptureFormatError(
          `a capture of ${this.carried} bytes, expected a pcap or pcapng file`,
          this.carried,
        );
      }
      if (this.carried > 0) {
        format.readCut(this.carry, 0, this.carried);
        this.tally.truncated = { offset: format.offset, missing: format.needed - this.carried };
      }
    } finally {
      this.finish();
    }
    return this.summary;
  }

  private finish(): void {
    this.ended = true;
    this.carried = 0;
    this.capture.end();
  }

  /** Completes the carried record from the chunk and reads it. Returns how much of the chunk that took. */
  private fillCarry(chunk: Uint8Array): number {
    let at = 0;
    do {
      const needed = this.format?.needed ?? MAGIC;
      const taken = Math.min(needed - this.carried, chunk.length - at);
      this.keep(chunk, at, at + taken);
      at += taken;
      if (this.carried < needed) return at;
      this.format ??= this.detectFormat();
      if (this.format.read(this.carry, 0, this.carried) === this.carried) this.carried = 0;
    } while (this.carried > 0);
    return at;
  }

  /** Appends to the carry. It grows with what came, never to what a length field claims. */
  private keep(bytes: Uint8Array, start: number, end: number): void {
    const size = this.carried + end - start;
    if (size > this.carry.length) {
      const grown = new Uint8Array(Math.max(size, this.carry.length * 2));
      grown.set(this.carry.subarray(0, this.carried));
      this.carry = grown;
    }
    this.carry.set(bytes.subarray(start, end), this.carried);
    this.carried = size;
  }

  private detectFormat(): CaptureFormat {
    if (isPcapng(this.carry)) return new PcapngFormat(this.capture);
    const byteOrder = pcapByteOrder(this.carry);
    if (byteOrder !== undefined) return new PcapFormat(byteOrder, this.capture);
    const magic = [...this.carry.subarray(0, MAGIC)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const hint = magic.startsWith('1f 8b') ? ' (compressed with gzip: decompress it first)' : '';
    throw new CaptureFormatError(`not a capture: begins with ${magic}, expected a pcap or pcapng file${hint}`, 0);
  }
}
