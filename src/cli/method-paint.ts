// Which colour a method has: by what it means to someone who looks for trouble.

import type { Direction } from '../protocol/frame.ts';
import { SERVER_TO_CLIENT } from '../protocol/frame.ts';
import type { DecodedMethod } from '../protocol/method.ts';
import type { Paint, Palette } from './palette.ts';

/** Closes with a lower code are farewells: 200, or 0, as some clients send it (AMQP 0-9-1 §1.6). */
const LOWEST_ERROR = 300;

/** Whether a method closes a channel or connection because something went wrong. */
export function isErrorClose(decoded: DecodedMethod | undefined): boolean {
  if (decoded?.method.name !== 'channel.close' && decoded?.method.name !== 'connection.close') return false;
  return (decoded.arguments['reply_code'] as number) >= LOWEST_ERROR;
}

/** The colour of a method of this name. */
export function methodPaint(name: string, direction: Direction, palette: Palette): Paint {
  switch (name) {
    case 'basic.publish':
      return palette.publish;
    case 'basic.deliver':
    case 'basic.get-ok':
      return palette.deliver;
    case 'basic.ack':
      return palette.settle;
    case 'basic.nack':
    case 'basic.reject':
    case 'basic.return':
    case 'connection.blocked':
      return palette.warning;
    case 'basic.cancel':
      return direction === SERVER_TO_CLIENT ? palette.warning : palette.session;
  }
  if (name.endsWith('-ok')) return palette.faint;
  return name.startsWith('queue.') || name.startsWith('exchange.') ? palette.topology : palette.session;
}
