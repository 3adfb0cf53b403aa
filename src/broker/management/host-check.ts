// Keeps web pages of others out: a page that the user's browser has open must not reach the API by a name of its own
// for this address (DNS rebinding), nor by the credentials that the browser remembers (cross-site requests).
// Invariant: every request passes here first.

import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../net/address.ts';
import { HttpError } from './http-error.ts';

export class HostCheck {
  readonly #host: string;
  readonly #anyName: boolean;

  /** `host` is where the API was told to listen. Beyond loopback it is called by names that it cannot know. */
  constructor(host: string) {
    this.#host = host.toLowerCase();
    this.#anyName = !isLoopback(this.#host);
  }

  /** Throws HttpError 403 for a Host that is not this server, or an Origin other than the Host. */
  check(request: IncomingMessage): void {
    const { host = '', origin } = request.headers;
    if (!this.#anyName && !this.#isOurs(nameOf(host))) {
      throw new HttpError(403, 'forbidden', `the Host header names '${host}', which is not this server`);
    }
    if (origin !== undefined && hostOfOrigin(origin) !== host.toLowerCase()) {
      throw new HttpError(403, 'forbidden', `pages of '${origin}' may not use this API`);
    }
  }

  #isOurs(name: string | undefined): boolean {
    return name !== undefined && (isLoopback(name) || name === this.#host);
  }
}

/** The name in a Host header, without brackets and port. */
function nameOf(header: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]\\]+))(?::\d{1,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function hostOfOrigin(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
