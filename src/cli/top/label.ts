// What things are called in each other's columns and details.

import type { Paint } from '../palette.ts';
import type { DetailLine } from './details.ts';
import type { Moment } from './moment.ts';
import type { FindingJson } from './snapshot.ts';
import type { Style } from './style.ts';

/** `#3 order-service`; the number alone where there is no name. */
export function connectionLabel(moment: Moment, id: number): string {
  const name = moment.names.get(id);
  return name === undefined ? `#${id}` : `#${id} ${name}`;
}

/** `#3 ch2`; the connection alone for channel 0 or none. */
export function channelLabel(connection: number, channel: number | undefined): string {
  return channel ? `#${connection} ch${channel}` : `#${connection}`;
}

/** The default exchange has no name of its own. */
export function exchangeLabel(name: string): string {
  return name === '' ? '(default)' : name;
}

/** The colour of a severity. */
export function severityPaint(severity: string, style: Style): Paint | undefined {
  return severity === 'error' ? style.error : severity === 'warning' ? style.warning : undefined;
}

/** One line about a finding among the details of something else. */
export function findingLine({ severity, title }: FindingJson): DetailLine {
  const text = `${severity}: ${title}`;
  return severity === 'error' || severity === 'warning' ? { text, paint: severity } : { text };
}
