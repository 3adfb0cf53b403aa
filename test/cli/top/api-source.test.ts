// Snapshots over HTTP, and what is said when there are none to be had.

import { describe, expect, it } from 'vitest';
import { ApiSource } from '../../../src/cli/top/api-source.ts';
import { AmqpSpyError, ConfigError } from '../../../src/errors.ts';
import { freePort } from '../../rig/ports.ts';
import { EMPTY, SAMPLE } from './sample.ts';
import { apiOf, serve } from './stub-api.ts';

function source(port: number, token?: string): ApiSource {
  return new ApiSource({ host: '127.0.0.1', port }, token);
}

/** The error that asking ends with. */
async function refusal(port: number, timeout?: number): Promise<AmqpSpyError> {
  const error = await new ApiSource({ host: '127.0.0.1', port }, undefined, timeout).snapshot().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AmqpSpyError);
  return error as AmqpSpyError;
}

function answering(status: number, body: string) {
  return serve((_request, response) => response.writeHead(status).end(body));
}

describe('the API source', () => {
  it('gives all that the routes tell, at the time of the spy', async () => {
    const snapshot = await source(await serve(apiOf(() => SAMPLE))).snapshot();
    expect(snapshot).toEqual(JSON.parse(JSON.stringify(SAMPLE)));
  });

  it('shows the token that it was given', async () => {
    const headers: (string | undefined)[] = [];
    const api = apiOf(() => EMPTY);
    const port = await serve((request, response) => {
      headers.push(request.headers.authorization);
      api(request, response);
    });
    await source(port, 't0k').snapshot();
    await source(port).snapshot();
    expect(new Set(headers.slice(0, 5))).toEqual(new Set(['Bearer t0k']));
    expect(headers.at(-1)).toBeUndefined();
  });

  it('takes what an older spy does not tell as nothing', async () => {
    const port = await serve(apiOf(() => SAMPLE, ['/api/findings', '/api/topology']));
    expect(await source(port).snapshot()).toMatchObject({ findings: [], queues: [], exchanges: [], bindings: [] });
  });

  it('takes what is no list as empty, and passes over what is no object', async () => {
    const port = await answering(200, '{"connections":[null,7,{"id":1}],"channels":{},"missed":3}');
    expect(await source(port).snapshot()).toMatchObject({ connections: [{ id: 1 }], channels: [], missed: 3 });
  });
});

describe('it is told when', () => {
  it('nothing listens there', async () => {
    const port = await freePort();
    expect((await refusal(port)).message).toBe(
      `nothing listens on 127.0.0.1:${port}; start amqp-spy, or say where its API is: amqp-spy top [host:]port`,
    );
  });

  it('a token is missing or wrong', async () => {
    const error = await refusal(await answering(401, '{"error":"unauthorized","message":"a token is needed"}'));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(/^--api-token: expected, because 127\.0\.0\.1:\d+ asks for a token/);
  });

  it('the spy refuses', async () => {
    const error = await refusal(await answering(403, '{"error":"forbidden","message":"the Host header names x"}'));
    expect(error.message).toMatch(/refuses to answer: the Host header names x/);
  });

  it.each([
    ['a page', 200, '<html>'],
    ['other JSON', 200, '{"overview":[]}'],
    ['no such path', 404, 'Not found'],
  ])('something else answers: %s', async (_, status, body) => {
    expect((await refusal(await answering(status, body))).message).toMatch(/is not the API of amqp-spy/);
  });

  it('something listens that speaks no HTTP', async () => {
    const port = await serve((request) => request.socket.end('AMQP\0\0\x09\x01'));
    expect((await refusal(port)).message).toMatch(/is not the API of amqp-spy/);
  });

  it('the spy fails', async () => {
    const error = await refusal(await answering(500, '{"error":"internal","message":"it broke"}'));
    expect(error.message).toMatch(/answers \/api\/connections with status 500: it broke/);
  });

  it('an answer goes on for ever, however lively', async () => {
    const port = await serve((_, response) => {
      response.write('{"connections":[');
      const trickle = setInterval(() => response.write(' '), 1);
      response.on('close', () => clearInterval(trickle));
    });
    expect((await refusal(port, 50)).message).toBe(`no whole answer from 127.0.0.1:${port} within 0.05 s`);
  });

  it('an answer does not begin', async () => {
    const port = await serve(() => {});
    expect((await refusal(port, 50)).message).toBe(`no whole answer from 127.0.0.1:${port} within 0.05 s`);
  });

  it('an answer is larger than any spy gives', async () => {
    const piece = Buffer.alloc(1 << 20, ' ');
    const port = await serve((_, response) => {
      const pour = (): void => {
        while (!response.destroyed) if (!response.write(piece)) return;
      };
      response.on('drain', pour);
      pour();
    });
    expect((await refusal(port)).message).toBe('an answer of more than 33554432 bytes');
  });

  it('the connection breaks', async () => {
    const error = await refusal(await serve((request) => request.socket.destroy()));
    expect(error.message).toMatch(/^cannot ask 127\.0\.0\.1:\d+: /);
  });
});
