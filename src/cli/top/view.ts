// A tab as data: which rows it has, in which columns, and what there is to say about one of them.
// Counterparts: the *-view.ts files, each of which is one; table.ts, which shows them.

import type { Paint } from '../palette.ts';
import type { Column } from './column.ts';
import type { Details } from './details.ts';
import type { Moment } from './moment.ts';
import type { Style } from './style.ts';

export interface View<Row> {
  readonly title: string;
  /** The title where there is little room. */
  readonly short: string;
  readonly columns: readonly Column<Row>[];
  /** Title of the column that it is sorted by at first. */
  readonly sortedBy: string;
  /** What is said when there are no rows. */
  readonly empty: string;
  /** `all`: also what was closed long ago. */
  rows(moment: Moment, all: boolean): Row[];
  /** Tells the row from all others, from one moment to the next. */
  key(row: Row): string;
  /** The colour of a row that is not as others. */
  paint?(row: Row, style: Style): Paint | undefined;
  details(row: Row, moment: Moment): Details;
}
