// Password hashes as RabbitMQ stores them: base64 of a 4-byte salt followed by the hash of salt and password.
// One round of a plain hash, about 2 µs, so nothing is remembered between logins. RabbitMQ's rabbit_password.

import { createHash, timingSafeEqual } from 'node:crypto';

/** As in definitions files, and the name of the hash in node:crypto. */
const HASHES = {
  rabbit_password_hashing_sha256: 'sha256',
  rabbit_password_hashing_sha512: 'sha512',
  rabbit_password_hashing_md5: 'md5',
} as const;

export type HashingAlgorithm = keyof typeof HASHES;

export const HASHING_ALGORITHMS = Object.keys(HASHES) as readonly HashingAlgorithm[];
export const DEFAULT_HASHING: HashingAlgorithm = 'rabbit_password_hashing_sha256';

export const SALT_LENGTH = 4;

/** `salt` is 4 random bytes. */
export function hashPassword(password: string | Uint8Array, salt: Uint8Array, algorithm: HashingAlgorithm): string {
  return Buffer.concat([salt, saltedHash(password, salt, algorithm)]).toString('base64');
}

/** Compares in constant time. A hash without a salt, such as the empty one of a user without password, fits nothing. */
export function passwordFits(
  password: string | Uint8Array,
  passwordHash: string,
  algorithm: HashingAlgorithm,
): boolean {
  const stored = Buffer.from(passwordHash, 'base64');
  const actual = saltedHash(password, stored.subarray(0, SALT_LENGTH), algorithm);
  const expected = stored.subarray(SALT_LENGTH);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** Whether the text is base64 of what could be a hash; empty is one: no password fits it. */
export function isPasswordHash(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
}

function saltedHash(password: string | Uint8Array, salt: Uint8Array, algorithm: HashingAlgorithm): Buffer {
  return createHash(HASHES[algorithm]).update(salt).update(password).digest();
}
