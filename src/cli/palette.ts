// The colours of the terminal, by what they mean. Sixteen colours only, so that the user's theme decides how they look.
// Invariant: without colour nothing of chalk is loaded, and text stays as it is.

/** Colours a piece of visible text. */
export type Paint = (text: string) => string;

export interface Palette {
  readonly plain: Paint;
  /** What repeats on every line and is seldom read. */
  readonly faint: Paint;
  readonly strong: Paint;
  /** Messages towards the broker and towards the client. */
  readonly publish: Paint;
  readonly deliver: Paint;
  /** Acknowledgements. */
  readonly settle: Paint;
  /** Queues, exchanges and bindings made or removed. */
  readonly topology: Paint;
  /** Handshake, channels, consumers. */
  readonly session: Paint;
  /** Refused, returned, changed on the way: to be looked at. */
  readonly warning: Paint;
  readonly error: Paint;
  /** Good to know. */
  readonly info: Paint;
  /** Tells connections apart. */
  readonly connections: readonly Paint[];
}

const plain: Paint = (text) => text;

/** No colour at all. */
const PLAIN_PALETTE: Palette = {
  plain,
  faint: plain,
  strong: plain,
  publish: plain,
  deliver: plain,
  settle: plain,
  topology: plain,
  session: plain,
  warning: plain,
  error: plain,
  info: plain,
  connections: [plain],
};

/** Loads the colours, if they are wanted. */
export async function loadPalette(color: boolean): Promise<Palette> {
  if (!color) return PLAIN_PALETTE;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    plain,
    faint: chalk.dim,
    strong: chalk.bold,
    publish: chalk.green,
    deliver: chalk.cyan,
    settle: chalk.blue,
    topology: chalk.magenta,
    session: plain,
    warning: chalk.yellow,
    error: chalk.red.bold,
    info: chalk.cyan,
    connections: [chalk.cyan, chalk.magenta, chalk.yellow, chalk.green, chalk.blue, chalk.white],
  };
}

/** Whether a stream is to be written to in colour: `--color` and `--no-color` win, then NO_COLOR, then what it is. */
export function wantsColor(stream: { readonly isTTY?: boolean }, chosen: boolean | undefined): boolean {
  if (chosen !== undefined) return chosen;
  if (process.env['NO_COLOR']) return false;
  return stream.isTTY === true && process.env['TERM'] !== 'dumb';
}
