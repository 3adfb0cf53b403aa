// Asks the API as its users do: over real HTTP and real WebSockets on loopback.

import { once } from 'node:events';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type Api, type ApiOptions, startApi } from '../../src/api/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely.
export type Answer = any;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Answer;
}

/** An API for the test, on a free port; gone when the test is over. */
export async function openApi(
  traffic: Pick<ApiOptions, 'log' | 'connections'>,
  options: Partial<ApiOptions> = {},
): Promise<Api> {
  const { log, connections } = traffic;
  const api = await startApi({ port: 0, log, connections, ...options });
  onTestFinished(() => api.close());
  return api;
}

/** One request, headers sent as given. */
export async function ask(
  url: string,
  options: { method?: string; headers?: OutgoingHttpHeaders } = {},
): Promise<HttpAnswer> {
  const outgoing = request(url, { agent: false, ...options });
  outgoing.end();
  const [incoming] = await once(outgoing, 'response');
  const body = await text(incoming);
  const isJson = incoming.headers['content-type']?.startsWith('application/json');
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    text: body,
    json: isJson && body !== '' ? JSON.parse(body) : undefined,
  };
}

/** A subscriber that keeps all it is sent. */
export class StreamClient {
  readonly webSocket: WebSocket;
  /** Every message, parsed, the hello included. */
  readonly messages: Answer[] = [];
  /** All events, batches taken apart, without the hello. */
  readonly events: Answer[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #changed: () => void = () => {};
  #isClosed = false;

  constructor(api: { readonly url: string }, query = '', options: ClientOptions = {}) {
    this.webSocket = new WebSocket(`${api.url.replace('http', 'ws')}/stream${query}`, options);
    this.webSocket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (this.messages.push(message) > 1) this.events.push(...(Array.isArray(message) ? message : [message]));
      this.#changed();
    });
    this.closed = new Promise((resolve) => {
      this.webSocket.on('close', (code, reason) => {
        this.#isClosed = true;
        this.#changed();
        resolve({ code, reason: String(reason) });
      });
    });
    this.webSocket.on('error', () => {});
    onTestFinished(() => this.webSocket.terminate());
  }

  /** Resolves when what came satisfies the condition. */
  async until(condition: (client: StreamClient) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.#isClosed) throw new Error(`the stream ended after ${this.messages.length} messages`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async hello(): Promise<Answer> {
    await this.until(({ messages }) => messages.length > 0);
    return this.messages[0];
  }

  /** Resolves when the record of this id has come; gives all events up to then. */
  async upTo(id: number): Promise<Answer[]> {
    await this.until((client) => client.events.at(-1)?.id >= id);
    return this.events;
  }
}
