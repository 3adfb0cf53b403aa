// Real clients and a real RabbitMQ with the spy between them, with TLS on every side where it can be.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ChannelModel, Connect } from 'amqplib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FaultSpec } from '../../src/faults/registry.ts';
import { serverTlsFromFiles } from '../../src/proxy/server-tls.ts';
import type { Spy, SpyOptions } from '../../src/spy.ts';
import { run } from '../rig/process.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../rig/shared-rabbitmq.ts';
import { dial } from './peer.ts';
import { events, logged, spyOn } from './running-spy.ts';
