// Argument tables in answers that hold many of them: each as JSON, all together bounded. Counterpart: log/json-value.ts.
// Invariant: what an answer shows of tables is at most BUDGET, however large the tables of hostile clients are.

import { type JsonObject, jsonTable } from '../log/json-value.ts';
import type { FieldTable } from '../protocol/field-table.ts';

/** Characters of JSON, all tables of one answer together: thousands of real ones, which have tens of bytes. */
const BUDGET = 1 << 20;

/** One a answer. */
export class BoundedTables {
  #left = BUDGET;

  /** The table; undefined if it is empty; `{"omitted":true}` if there is no room for it. */
  json(table: FieldTable): JsonObject | undefined {
    if (table.length === 0) return undefined;
    if (this.#left <= 0) return { omitted: true };
    const json = jsonTable(table);
    this.#left -= JSON.stringify(json).length;
    return this.#left < 0 ? { omitted: true } : json;
  }
}
