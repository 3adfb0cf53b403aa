// Findings as the API shows them. Counterpart of session/findings.ts.

import { formatTimestamp } from '../log/timestamp.ts';
import type { Found } from '../session/findings.ts';
import type { FindingJson } from './json.ts';

/** `connection` and `channel` are left out where it concerns none. */
export function findingJson(found: Found): FindingJson {
  const { definition, severity, connection, channel, text, advice, count, firstAt, lastAt, evidence, lastEvidence } =
    found;
  return {
    finding: definition.id,
    severity,
    title: definition.title,
    text,
    advice,
    explanation: definition.explanation,
    connection: connection > 0 ? connection : undefined,
    channel,
    count,
    first_at: formatTimestamp(firstAt),
    last_at: formatTimestamp(lastAt),
    evidence,
    last_evidence: count > 1 ? lastEvidence : undefined,
  };
}
