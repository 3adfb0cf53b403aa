// All findings. A new one: copy a file, add its line here, add its fixture.

import type { FindingDefinition } from '../finding.ts';

export const FINDINGS: readonly FindingDefinition[] = [];
