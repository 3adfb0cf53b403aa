// Password hashes, beside those that a real RabbitMQ makes.

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { HASHING_ALGORITHMS, hashPassword, isPasswordHash, passwordFits } from '../../../src/broker/access/password.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../../rig/shared-rabbitmq.ts';

let rabbitMq: SharedRabbitMq;

beforeAll(async () => {
  rabbitMq = await sharedRabbitMq();
});

const SALT = Buffer.from([0, 1, 2, 255]);

describe('a password hash', () => {
  it.each(HASHING_ALGORITHMS)('of %s is the one that RabbitMQ makes of the same salt', async (algorithm) => {
    const password = 'pässword €';
    const term = `<<${[...Buffer.from(password)].join(',')}>>`;
    const hash = `rabbit_password:salted_hash(${algorithm}, <<0,1,2,255>>, ${term})`;
    const output = await rabbitMq.ctl('eval', `base64:encode(<<0,1,2,255, (${hash})/binary>>).`);
    expect(`<<"${hashPassword(password, SALT, algorithm)}">>`).toBe(output.trim());
  });

  it('fits its password, and no other', () => {
    const algorithm = fc.constantFrom(...HASHING_ALGORITHMS);
    const salt = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.string(), fc.string(), salt, algorithm, (password, other, bytes, hashing) => {
        const hash = hashPassword(password, bytes, hashing);
        expect(isPasswordHash(hash)).toBe(true);
        expect(passwordFits(password, hash, hashing)).toBe(true);
        expect(passwordFits(Buffer.from(password), hash, hashing)).toBe(true);
        expect(passwordFits(other, hash, hashing)).toBe(other === password);
      }),
    );
  });

  it.each(['', 'AAAA', 'AAECAw=='])('without a hash in it, %j, fits nothing', (hash) => {
    for (const algorithm of HASHING_ALGORITHMS) expect(passwordFits('', hash, algorithm)).toBe(false);
  });

  it('made by one algorithm does not fit by another', () => {
    const hash = hashPassword('secret', SALT, 'rabbit_password_hashing_sha256');
    expect(passwordFits('secret', hash, 'rabbit_password_hashing_sha512')).toBe(false);
  });
});
