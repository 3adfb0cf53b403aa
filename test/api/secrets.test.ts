import { describe, expect, it } from 'vitest';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { Session } from '../../src/session/session.ts';
import { ask, openApi, StreamClient } from './api-client.ts';
import { CHALLENGE_ANSWER, NEW_SECRET, PASSWORD, Traffic } from './traffic.ts';

/** Everything that the API says of a connection that used three secrets. */
async function allAnswers(showSecrets: boolean): Promise<string[]> {
  const traffic = new Traffic({ showSecrets });
  const session = new Session(traffic.log, traffic.connections);
  const { client } = traffic.shakeHands();
  traffic.append(client, encodeMethodFrame(0, 'connection.secure-ok', { response: CHALLENGE_ANSWER }));
  traffic.append(client, encodeMethodFrame(0, 'connection.update-secret', { new_secret: NEW_SECRET, reason: 'aged' }));
  traffic.append(traffic.connect(2).client, Buffer.from(`GET / HTTP/1.1\r\nAuthorization: Basic ${PASSWORD}\r\n`));
  const { nextId } = traffic.log;
  const api = await openApi(traffic, { session });
  const streams = ['?from=1', '?from=1&batch=1', '?from=1&links=1'].map((query) => new StreamClient(api, query));
  const paths = ['/', '/api/health', '/api/connections', '/api/frames?from=1&limit=1000', '/metrics'];
  for (const name of ['connections/1', 'channels', 'messages', 'topology', 'findings', 'latency']) {
    paths.push(`/api/${name}`);
  }
  for (let id = 1; id < nextId; id++) paths.push(`/api/frames/${id}`);
  const answers: string[] = [];
  for (const path of paths) answers.push((await ask(api.url + path)).text);
  for (const stream of streams) answers.push(JSON.stringify(await stream.upTo(nextId - 1)));
  return answers;
}

/** What of the text is also there in base64, plain or anywhere inside other bytes. */
function decoded(answer: string): string {
  const pieces = answer.match(/[A-Za-z0-9+/]{8,}=*/g) ?? [];
  return answer + pieces.map((piece) => Buffer.from(piece, 'base64').toString('latin1')).join('\n');
}

describe('secrets', () => {
  it.each([PASSWORD, CHALLENGE_ANSWER, NEW_SECRET])('%s appears in no answer, raw bytes included', async (secret) => {
    const answers = await allAnswers(false);
    expect(answers.length).toBeGreaterThan(15);
    for (const answer of answers) expect(decoded(answer)).not.toContain(secret);
  });

  it.each([PASSWORD, CHALLENGE_ANSWER, NEW_SECRET])('%s appears in them when secrets are shown', async (secret) => {
    const answers = await allAnswers(true);
    expect(answers.filter((answer) => decoded(answer).includes(secret)).length).toBeGreaterThanOrEqual(4);
  });
});
