// Metrics for Prometheus, without login, as RabbitMQ serves them on a port of its own.

import type { Management } from '../management.ts';
import { METRICS_CONTENT_TYPE, metricText } from '../metrics/metric-text.ts';
import { nodeFamilies } from '../metrics/node-metrics.ts';
import { objectFamilies } from '../metrics/object-metrics.ts';
import type { Reply, Route } from '../route.ts';

export const METRIC_ROUTES: readonly Route[] = [
  { path: '/metrics', audience: 'anyone', get: (management) => metrics(management, false) },
  { path: '/metrics/per-object', audience: 'anyone', get: (management) => metrics(management, true) },
];

async function metrics(management: Management, perObject: boolean): Promise<Reply> {
  const families = [...(await nodeFamilies(management)), ...objectFamilies(management, perObject)];
  return { status: 200, contentType: METRICS_CONTENT_TYPE, body: metricText(families) };
}
