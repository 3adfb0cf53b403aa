import { writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { sharedRabbitMq } from '../rig/shared-rabbitmq.ts';
import { SCENARIOS } from './clients/all.ts';

it.each(SCENARIOS)(
  '$client',
  async (s) => {
    const { uri } = await sharedRabbitMq();
    const seen = await s.play(uri, 'x');
    writeFileSync(`/tmp/play-${s.client.replace(/\W/g, '')}.json`, JSON.stringify(seen, null, 1));
  },
  15000,
);
