import { describe, expect, it } from 'vitest';
import { EXCHANGE_TYPES, exchangeType } from '../../../src/broker/exchange/registry.ts';
import { ReplyError } from '../../../src/broker/reply-error.ts';

describe('the registry of exchange types', () => {
  it('lists the types as management does: by name', () => {
    const names = EXCHANGE_TYPES.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(7);
  });

  it('finds each type by its name', () => {
    for (const type of EXCHANGE_TYPES) expect(exchangeType(type.name)).toBe(type);
  });

  it('refuses a type that it does not know, and closes the connection', () => {
    const lookUp = () => exchangeType('Direct');
    expect(lookUp).toThrow(ReplyError);
    expect(lookUp).toThrow("COMMAND_INVALID - unknown exchange type 'Direct'");
    expect(() => exchangeType('')).toThrow("COMMAND_INVALID - invalid exchange type ''");
    expect(lookUp).toThrow(expect.objectContaining({ replyCode: 503, scope: 'connection' }));
  });
});
