// All that can be asked of the management API. Where two paths fit, the first one answers.

import { BINDING_ROUTES } from './resources/bindings.ts';
import { CONNECTION_ROUTES } from './resources/connections.ts';
import { DEFINITION_ROUTES } from './resources/definitions.ts';
import { EXCHANGE_ROUTES } from './resources/exchanges.ts';
import { HEALTH_ROUTES } from './resources/health.ts';
import { METRIC_ROUTES } from './resources/metrics.ts';
import { NODE_ROUTES } from './resources/node.ts';
import { PAGE_ROUTES } from './resources/page.ts';
import { PERMISSION_ROUTES } from './resources/permissions.ts';
import { POLICY_ROUTES } from './resources/policies.ts';
import { QUEUE_ROUTES } from './resources/queues.ts';
import { USER_ROUTES } from './resources/users.ts';
import { VHOST_ROUTES } from './resources/vhosts.ts';
import type { Route } from './route.ts';

export const ROUTES: readonly Route[] = [
  ...PAGE_ROUTES,
  ...METRIC_ROUTES,
  ...NODE_ROUTES,
  ...HEALTH_ROUTES,
  ...DEFINITION_ROUTES,
  ...CONNECTION_ROUTES,
  ...EXCHANGE_ROUTES,
  ...QUEUE_ROUTES,
  ...BINDING_ROUTES,
  ...VHOST_ROUTES,
  ...USER_ROUTES,
  ...PERMISSION_ROUTES,
  ...POLICY_ROUTES,
];
