// A user: the name, how the password is checked, the tags, the limits. Plain data; access.ts keeps them.

import { erlangPairs, erlangTerm } from '../erlang-term.ts';
import { DEFAULT_HASHING, type HashingAlgorithm, hashPassword, isPasswordHash } from './password.ts';
import { SettingError } from './setting-error.ts';

export const USER_LIMITS = ['max-connections', 'max-channels'] as const;
export type UserLimit = (typeof USER_LIMITS)[number];
export type UserLimits = Readonly<Partial<Record<UserLimit, number>>>;

export interface User {
  readonly name: string;
  /** Base64 of salt and hash; empty: nobody logs in with a password. */
  readonly passwordHash: string;
  readonly hashingAlgorithm: HashingAlgorithm;
  /** `administrator`, `monitoring`, `policymaker`, `management`, `impersonator`, or anything. */
  readonly tags: readonly string[];
  readonly limits: UserLimits;
}

/** What is asked for: a password, a hash, or neither, which is a user who cannot log in with a password. */
export interface UserSetting {
  readonly name: string;
  readonly tags: readonly string[];
  readonly password?: string;
  readonly passwordHash?: string;
  readonly hashingAlgorithm?: HashingAlgorithm;
  /** Added to those that the user has. */
  readonly limits?: UserLimits;
}

/** The user that results. Throws SettingError. */
export function makeUser(setting: UserSetting, previous: User | undefined, salt: () => Uint8Array): User {
  const { name, tags, limits = {} } = setting;
  checkUserLimits(limits);
  return { name, tags: [...tags], limits: { ...previous?.limits, ...limits }, ...passwordOf(setting, salt) };
}

function passwordOf(setting: UserSetting, salt: () => Uint8Array): Pick<User, 'passwordHash' | 'hashingAlgorithm'> {
  const { password, passwordHash, hashingAlgorithm = DEFAULT_HASHING } = setting;
  if (password !== undefined && passwordHash !== undefined) {
    throw new SettingError('both_password_and_password_hash_are_provided');
  }
  // The algorithm tells how a given hash was made; a password is hashed by the default one, as RabbitMQ does.
  if (password !== undefined) {
    return { passwordHash: hashPassword(password, salt(), DEFAULT_HASHING), hashingAlgorithm: DEFAULT_HASHING };
  }
  if (passwordHash !== undefined && !isPasswordHash(passwordHash)) {
    throw new SettingError(`password_hash of user '${setting.name}' must be base64`);
  }
  return { passwordHash: passwordHash ?? '', hashingAlgorithm };
}

/** Throws SettingError for names that are no limits, and for values that are no integers. */
export function checkUserLimits(limits: Readonly<Record<string, unknown>>): asserts limits is UserLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!(USER_LIMITS as readonly string[]).includes(name)) {
      throw new SettingError(`Unrecognised terms ${erlangPairs([[name, value]])} in user-limits`);
    }
    if (!Number.isSafeInteger(value)) {
      throw new SettingError(`${name} should be a number, actually was ${erlangTerm(value)}`);
    }
  }
}
