// What the API refuses, and how it says so: an HTTP status and `{"error": …, "message": …}`.
// Thrown by routes, the access check and query.ts; the server and the stream turn it into an answer.

/** `error` in the answer: stable words for programs. */
const WORDS = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  426: 'upgrade-required',
  500: 'internal',
  501: 'not-implemented',
} as const;

export type ErrorStatus = keyof typeof WORDS;

export class ApiError extends Error {
  readonly status: ErrorStatus;
  readonly headers: { readonly [name: string]: string };

  constructor(status: ErrorStatus, message: string, headers: { readonly [name: string]: string } = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.headers = headers;
  }

  get body(): string {
    return `${JSON.stringify({ error: WORDS[this.status], message: this.message })}\n`;
  }
}
