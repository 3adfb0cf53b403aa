// Snapshots of a running spy, over its API. Counterpart: the API's routes.
// Invariant: whatever answers, or does not, the outcome is a snapshot or an AmqpSpyError that says what to do.

import { Agent, get, type IncomingMessage } from 'node:http';
import { AmqpSpyError, ConfigError } from '../../errors.ts';
import { API_PORT, formatAddress, type ListenAddress } from '../../net/address.ts';
import type { TopSnapshot } from './snapshot.ts';
import type { TopSource } from './top-source.ts';

/** ms, up to the last byte of an answer; a spy answers within a few. */
const TIMEOUT = 5000;
/** Bytes; thousands of connections take a few million. */
const LARGEST_ANSWER = 32 << 20;
/** An error's body is read up to here, in characters. */
const LONGEST_REASON = 300;
const CODE = 'ERR_API';

type Json = { readonly [name: string]: unknown };

interface Answer {
  readonly status: number;
  readonly text: string;
  /** ms since the Unix epoch, by the spy's clock; undefined: it did not say. */
  readonly time: number | undefined;
}

export class ApiSource implements TopSource {
  readonly where: string;
  readonly #address: ListenAddress;
  readonly #token: string | undefined;
  readonly #timeout: number;
  readonly #agent = new Agent({ keepAlive: true });

  /** `timeout`: ms for each answer. */
  constructor(address: ListenAddress, token: string | undefined, timeout = TIMEOUT) {
    this.#timeout = timeout;
    this.where = formatAddress(address);
    this.#address = address;
    this.#token = token;
  }

  async snapshot(): Promise<TopSnapshot> {
    const [connections, ...others] = await Promise.all([
      this.#ask('/api/connections'),
      this.#askIfThere('/api/channels'),
      this.#askIfThere('/api/topology'),
      this.#askIfThere('/api/latency'),
      this.#askIfThere('/api/findings'),
    ]);
    if (!Array.isArray(connections.json['connections'])) throw this.#noSpy();
    const all: Json = Object.assign({}, connections.json, ...others);
    return {
      time: new Date(connections.time ?? Date.now()).toISOString(),
      connections: listOf(all, 'connections'),
      channels: listOf(all, 'channels'),
      exchanges: listOf(all, 'exchanges'),
      queues: listOf(all, 'queues'),
      bindings: listOf(all, 'bindings'),
      latencies: listOf(all, 'latencies'),
      findings: listOf(all, 'findings'),
      ...(typeof all['missed'] === 'number' && { missed: all['missed'] }),
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(path: string): Promise<{ readonly json: Json; readonly time: number | undefined }> {
    const answer = await this.#request(path);
    if (answer.status === 200) return { json: this.#parse(answer.text), time: answer.time };
    const reason = reasonOf(answer.text);
    if (answer.status === 401) throw new ConfigError('--api-token', this.#refusal());
    if (answer.status === 403) throw new AmqpSpyError(CODE, `${this.where} refuses to answer: ${reason}`);
    if (answer.status === 404) throw this.#noSpy();
    throw new AmqpSpyError(CODE, `${this.where} answers ${path} with status ${answer.status}: ${reason}`);
  }

  #refusal(): string {
    return this.#token === undefined
      ? `expected, because ${this.where} asks for a token: the one that it was started with, or has printed`
      : `${this.where} has another token`;
  }

  /** An older spy tells less. */
  async #askIfThere(path: string): Promise<Json> {
    const answer = await this.#request(path);
    return answer.status === 200 ? this.#parse(answer.text) : {};
  }

  #parse(text: string): Json {
    try {
      const json: unknown = JSON.parse(text);
      if (typeof json === 'object' && json !== null) return json as Json;
    } catch {
      // Said below.
    }
    throw this.#noSpy();
  }

  #request(path: string): Promise<Answer> {
    const { host, port } = this.#address;
    const headers = this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` };
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(this.#timeout);
      const fail = (error: NodeJS.ErrnoException): void => reject(signal.aborted ? this.#late() : this.#explain(error));
      const request = get({ host, port, path, headers, agent: this.#agent, signal }, (response) => {
        readText(response).then((text) => {
          const time = Date.parse(response.headers.date ?? '');
          resolve({ status: response.statusCode ?? 0, text, time: Number.isNaN(time) ? undefined : time });
        }, fail);
      });
      request.on('error', fail);
    });
  }

  #explain(error: NodeJS.ErrnoException): AmqpSpyError {
    if (error instanceof AmqpSpyError) return error;
    if (error.code === 'ECONNREFUSED') {
      const how = 'start amqp-spy, or say where its API is: amqp-spy top [host:]port';
      return new AmqpSpyError(CODE, `nothing listens on ${this.where}; ${how}`);
    }
    if (error.code?.startsWith('HPE_')) return this.#noSpy();
    return new AmqpSpyError(CODE, `cannot ask ${this.where}: ${error.message}`, { cause: error });
  }

  #late(): AmqpSpyError {
    return new AmqpSpyError(CODE, `no whole answer from ${this.where} within ${this.#timeout / 1000} s`);
  }

  #noSpy(): AmqpSpyError {
    return new AmqpSpyError(
      CODE,
      `what listens on ${this.where} is not the API of amqp-spy (by default on port ${API_PORT})`,
    );
  }
}

function listOf<Item>(json: Json, name: string): readonly Item[] {
  const list = json[name];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : [];
}

async function readText(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > LARGEST_ANSWER) throw new AmqpSpyError(CODE, `an answer of more than ${LARGEST_ANSWER} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** What the API says in `message`, or what else the body holds. */
function reasonOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not the API's own words.
  }
  return text.trim().replace(/\s+/g, ' ').slice(0, LONGEST_REASON) || 'no reason given';
}
