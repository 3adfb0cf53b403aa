// Why a TLS handshake failed, in a few words of one line.

/** What OpenSSL makes of bytes that are no TLS. */
const NO_TLS = new Set(['wrong version number', 'packet length too long', 'http request', 'bad record type']);

/** OpenSSL's reason where it is the one who complains, else the error's message. */
export function tlsReason(error: Error & { readonly reason?: string }): string {
  const reason = error.reason ?? error.message;
  return NO_TLS.has(reason) ? `${reason}: the peer does not speak TLS` : reason;
}
