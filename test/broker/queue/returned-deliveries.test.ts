import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/broker/message/message.ts';
import { Delivery } from '../../../src/broker/queue/delivery.ts';
import type { Queue } from '../../../src/broker/queue/queue.ts';
import { ReturnedDeliveries } from '../../../src/broker/queue/returned-deliveries.ts';

function at(position: number): Delivery {
  return new Delivery({} as Queue, {} as Message, 0, position, 0, 1);
}

test('whatever comes back in whatever order, the lowest position goes first', () => {
  // undefined: one is taken out.
  const steps = fc.array(fc.option(fc.nat(1000), { nil: undefined, freq: 3 }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (positions) => {
      const returned = new ReturnedDeliveries();
      const model: number[] = [];
      for (const position of positions) {
        if (position === undefined) {
          expect(returned.shift()?.position).toBe(model.shift());
        } else {
          returned.add(at(position));
          model.push(position);
          model.sort((a, b) => a - b);
        }
        expect(returned.length).toBe(model.length);
        expect(returned.first?.position).toBe(model[0]);
      }
      expect([...returned.inOrder()].map((delivery) => delivery.position)).toEqual(model);
    }),
  );
});
