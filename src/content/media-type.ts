// Content types and content encodings as they come in properties (RFC 9110 §8.3): parsed leniently, compared in lower case.
// Counterpart: decode-body.ts. Invariant: any text parses, or gives undefined; nothing throws.

export interface MediaType {
  /** `application/json`, in lower case. */
  readonly type: string;
  /** `+json` of `application/vnd.acme+json`. */
  readonly suffix: string | undefined;
  /** In lower case. */
  readonly charset: string | undefined;
}

/** What kombu and others write into content-encoding though it is a charset, or nothing at all. */
const NO_ENCODING = new Set(['', 'identity', 'binary', '7bit', '8bit', 'none']);
const CHARSETS = /^(?:utf-?8|utf-?16(?:le|be)?|us-ascii|ascii|iso-8859-\d+|latin-?1|windows-\d+|koi8-r|shift_jis|gbk)$/;
/** Longer property values do not fit a short string. */
const MOST_ENCODINGS = 8;

/** `application/json; charset=utf-8` */
export function parseMediaType(text: string | undefined): MediaType | undefined {
  if (text === undefined) return undefined;
  const [first = '', ...parameters] = text.split(';');
  const type = first.trim().toLowerCase();
  if (type === '') return undefined;
  const plus = type.lastIndexOf('+');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(parameter)?.[1])
    .find(Boolean);
  return { type, suffix: plus < 0 ? undefined : type.slice(plus), charset: charset?.toLowerCase() };
}

/** Whether the type is one of these: `application/json`, `+json`, `text/*`. */
export function matchesType({ type, suffix }: MediaType, types: readonly string[]): boolean {
  return types.some(
    (one) => one === type || one === suffix || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))),
  );
}

/** Says nothing of what the bytes are. */
export function isVague(type: MediaType | undefined): boolean {
  return type === undefined || type.type === 'application/octet-stream' || type.type === 'binary/octet-stream';
}

/** The encodings, outermost first (the last one named was applied last), and the charset that stands among them. */
export function parseContentEncoding(text: string | undefined): {
  readonly encodings: readonly string[];
  readonly charset: string | undefined;
} {
  const names = (text ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => !NO_ENCODING.has(name))
    .slice(0, MOST_ENCODINGS);
  return {
    encodings: names.filter((name) => !CHARSETS.test(name)).reverse(),
    charset: names.find((name) => CHARSETS.test(name)),
  };
}
