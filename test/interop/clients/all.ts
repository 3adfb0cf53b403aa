// Every client with a scenario.

import { AMQP_TOOLS } from './amqp-tools.ts';
import { AMQPLIB } from './amqplib.ts';
import { CLOUDAMQP } from './cloudamqp.ts';
import { PIKA } from './pika.ts';
import { RABBITMQ_CLIENT } from './rabbitmq-client.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [AMQPLIB, RABBITMQ_CLIENT, CLOUDAMQP, PIKA, AMQP_TOOLS];
