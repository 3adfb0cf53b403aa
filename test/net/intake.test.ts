import { createServer, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { adopt, Intake } from '../../src/net/intake.ts';
import { dial } from '../proxy/peer.ts';

/** What a socket does when it has read something into the intake's buffer. */
function read(intake: Intake, text: string): boolean {
  const buffer = intake.onread.buffer as Buffer;
  return intake.onread.callback(buffer.write(text), buffer);
}

test('bytes that come early are kept, stop the reading, and come first', () => {
  const [intake, other] = [new Intake(), new Intake()];
  expect(read(intake, 'early')).toBe(false);
  read(other, 'OTHER');
  const taken: string[] = [];
  intake.open((buffer, size) => taken.push(buffer.toString('latin1', 0, size)) > 0);
  expect(taken).toEqual(['early']);
  expect(read(intake, 'late')).toBe(true);
  expect(taken).toEqual(['early', 'late']);
});

test('whoever takes the bytes says whether more may come', () => {
  const intake = new Intake();
  intake.open(() => false);
  expect(read(intake, 'much')).toBe(false);
  intake.open(() => true);
  expect(read(intake, 'more')).toBe(true);
});

test('an adopted connection reads through the intake, on this version of Node', async () => {
  const intake = new Intake();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => void server.once('connection', resolve));
  const { port } = server.address() as { port: number };
  const client = await dial(port);
  client.end('hello');
  const socket = adopt(await accepted, intake)!;
  expect(socket).toBeInstanceOf(Socket);
  expect(socket.remotePort).toBe(client.socket.localPort);
  let heard = '';
  intake.open((buffer, size) => {
    heard += buffer.toString('latin1', 0, size);
    return true;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('end', resolve));
  expect(heard).toBe('hello');
  socket.end('bye');
  expect(String(await client.hearAll())).toBe('bye');
});

test('a socket that has no connection left cannot be adopted', () => {
  expect(adopt(new Socket(), new Intake())).toBeUndefined();
});
