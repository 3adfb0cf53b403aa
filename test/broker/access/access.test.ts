// Users and permissions: who logs in, what is refused and in which words. The words are those that RabbitMQ 3.10.8 sends.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Access } from '../../../src/broker/access/access.ts';
import { Pattern } from '../../../src/broker/access/pattern.ts';
import { Permits } from '../../../src/broker/access/permits.ts';

const ALL = { configure: '.*', write: '.*', read: '.*' };

function accessWithGuest(): Access {
  const access = new Access({ hasVhost: (name) => name === '/' || name === 'shop', salt: () => Buffer.from('salt') });
  access.addDefaults();
  return access;
}

describe('logging in', () => {
  it('takes guest with password guest at first, from this machine only', () => {
    const access = accessWithGuest();
    expect(access.authenticate('guest', Buffer.from('guest')).user?.tags).toEqual(['administrator']);
    expect(access.isLoopbackOnly('guest')).toBe(true);
    expect(access.isLoopbackOnly('alice')).toBe(false);
  });

  it.each([
    ['guest', 'wrong', "user 'guest' - invalid credentials"],
    ['nobody', 'guest', "user 'nobody' - invalid credentials"],
    ['guest', '', "user 'guest' attempted to log in with a blank password"],
  ])('refuses %s with password %j', (name, password, refused) => {
    expect(accessWithGuest().authenticate(name, password)).toEqual({ refused });
  });

  it('refuses who has no password, but for a certificate', () => {
    const access = accessWithGuest();
    access.clearPassword('guest');
    expect(access.authenticate('guest', 'guest').user).toBeUndefined();
    expect(access.authenticateByName('guest').user?.name).toBe('guest');
    expect(access.authenticateByName('nobody').refused).toBe("user 'nobody' - invalid credentials");
  });

  it('takes a new password at once, and the old one no more', () => {
    const access = accessWithGuest();
    access.changePassword('guest', 'changed');
    expect(access.authenticate('guest', 'guest').user).toBeUndefined();
    expect(access.authenticate('guest', 'changed').user).toBeDefined();
  });

  it('takes the hash of a definitions file', () => {
    const access = accessWithGuest();
    const passwordHash = 'R94q/7RSB36hlt7F6+xcDyQ1UE7XGXvzGVbYRAUhjWxFcxFY';
    access.putUser({ name: 'alice', tags: [], passwordHash });
    expect(access.authenticate('alice', 'wonderland').user?.name).toBe('alice');
  });
});

describe('limits and identity', () => {
  it('refuses a virtual host without permissions, and one that is not there', () => {
    const access = accessWithGuest();
    access.checkVhostAccess('guest', '/');
    expect(() => access.checkVhostAccess('guest', 'shop')).toThrow(
      "NOT_ALLOWED - access to vhost 'shop' refused for user 'guest'",
    );
    access.setPermissions({ user: 'guest', vhost: 'shop', ...ALL });
    access.checkVhostAccess('guest', 'shop');
    access.checkVhostExists('shop');
    expect(() => access.checkVhostExists('no')).toThrow('NOT_ALLOWED - vhost no not found');
    expect(() => access.checkVhostAccess('guest', 'no')).toThrow("access to vhost 'no' refused for user 'guest'");
  });

  it('holds users to their limits, where they are not negative', () => {
    const access = accessWithGuest();
    access.checkUserConnectionLimit('guest', 1_000_000);
    access.setUserLimits('guest', { 'max-connections': 2, 'max-channels': -1 });
    access.checkUserConnectionLimit('guest', 1);
    access.checkUserChannelLimit('guest', 1_000_000);
    expect(() => access.checkUserConnectionLimit('guest', 2)).toThrow(
      "NOT_ALLOWED - connection refused for user 'guest': user connection limit (2) is reached",
    );
    access.setUserLimits('guest', { 'max-channels': 0 });
    expect(() => access.checkUserChannelLimit('guest', 0)).toThrow(
      "NOT_ALLOWED - number of channels opened for user 'guest' has reached the maximum allowed user limit of (0)",
    );
    access.clearUserLimits('guest', 'max-channels');
    expect(access.users.get('guest')?.limits).toEqual({ 'max-connections': 2 });
  });

  it('lets nobody but an impersonator send under another name', () => {
    const access = accessWithGuest();
    access.checkUserId('guest', 'guest');
    expect(() => access.checkUserId('guest', 'bob')).toThrow(
      "PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user was 'guest'",
    );
    access.setTags('guest', ['impersonator']);
    access.checkUserId('guest', 'bob');
  });
});

describe('what is set wrong', () => {
  const access = accessWithGuest();
  const permission = { user: 'guest', vhost: '/', ...ALL };
  it.each([
    ['an unknown user', () => access.setPermissions({ ...permission, user: 'bob' }), 'User bob does not exist'],
    ['an unknown vhost', () => access.setPermissions({ ...permission, vhost: 'x' }), 'Virtual host x does not exist'],
    [
      'a pattern',
      () => access.setPermissions({ ...permission, read: '[' }),
      "regular expression '[' is invalid: missing terminating ] for character class (at offset 1)",
    ],
    [
      'a topic pattern',
      () => access.setTopicPermissions({ user: 'guest', vhost: '/', exchange: 'x', write: '(', read: '' }),
      "regular expression '(' is invalid: missing ) (at offset 1)",
    ],
    [
      'a limit',
      () => access.putUser({ name: 'x', tags: [], limits: { 'max-channels': 'x' as unknown as number } }),
      'max-channels should be a number, actually was <<"x">>',
    ],
    [
      'password and hash',
      () => access.putUser({ name: 'x', tags: [], password: 'p', passwordHash: '' }),
      'both_password_and_password_hash_are_provided',
    ],
    [
      'a hash',
      () => access.putUser({ name: 'x', tags: [], passwordHash: '?' }),
      "password_hash of user 'x' must be base64",
    ],
  ])('is told: %s', (_, set, message) => {
    expect(set).toThrow(message);
  });
});

describe('keeping', () => {
  it('tells each change with what a new Access is restored from', () => {
    const access = accessWithGuest();
    const kept = new Map<string, [Parameters<Access['restore']>[0], unknown]>();
    access.changed = (kind, key, value) => {
      if (value === undefined) kept.delete(`${kind} ${key}`);
      else kept.set(`${kind} ${key}`, [kind, JSON.parse(JSON.stringify(value))]);
    };
    access.putUser({ name: 'alice', tags: ['management'], password: 'wonderland', limits: { 'max-channels': 5 } });
    access.putUser({ name: 'bob', tags: [], password: 'builder' });
    for (const user of ['alice', 'bob']) {
      access.setPermissions({ user, vhost: '/', ...ALL });
      access.setPermissions({ user, vhost: 'shop', ...ALL });
      access.setTopicPermissions({ user, vhost: 'shop', exchange: 'amq.topic', write: '.*', read: '' });
    }
    access.deleteUser('bob');
    access.forgetVhost('/');
    expect([...kept.keys()].map((key) => key.replaceAll('\0', ' '))).toEqual([
      'user alice',
      'permission alice shop',
      'topic-permission alice shop amq.topic',
    ]);

    const restored = new Access({ hasVhost: () => true });
    for (const [kind, value] of kept.values()) restored.restore(kind, value);
    expect(restored.users.get('alice')).toEqual(access.users.get('alice'));
    expect(restored.permissions()).toEqual(access.permissions());
    expect(restored.topicPermissions()).toEqual(access.topicPermissions());
    expect(restored.authenticate('alice', 'wonderland').user).toBeDefined();
  });
});

describe('the permits of a connection', () => {
  function permitsOf(permission: { configure?: string; write?: string; read?: string }): [Permits, Access] {
    const access = accessWithGuest();
    access.setPermissions({ user: 'guest', vhost: '/', configure: '', write: '', read: '', ...permission });
    return [new Permits(access, 'guest', '/'), access];
  }

  it('are refused in the words of RabbitMQ', () => {
    const [permits] = permitsOf({});
    expect(() => permits.check('configure', 'queue', 'q')).toThrow(
      "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'guest'",
    );
    expect(() => permits.check('write', 'exchange', '')).toThrow(
      "ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user 'guest'",
    );
  });

  it('know the three permissions apart', () => {
    const [permits] = permitsOf({ configure: '^c', write: '^w', read: '^r' });
    for (const permission of ['configure', 'write', 'read'] as const) {
      for (const name of ['c', 'w', 'r']) {
        const check = () => permits.check(permission, 'queue', name);
        if (permission.startsWith(name)) check();
        else expect(check).toThrow('ACCESS_REFUSED');
      }
    }
  });

  it('follow each change at once', () => {
    const [permits, access] = permitsOf({ write: '.*' });
    const version = permits.version;
    permits.check('write', 'exchange', 'x');
    permits.check('write', 'exchange', 'x');
    access.setPermissions({ user: 'guest', vhost: '/', configure: '', write: '^y', read: '' });
    expect(permits.version).not.toBe(version);
    expect(() => permits.check('write', 'exchange', 'x')).toThrow('ACCESS_REFUSED');
    access.clearPermissions('guest', '/');
    expect(() => permits.check('write', 'exchange', 'y')).toThrow('ACCESS_REFUSED');
  });

  it('stay right when more names pass than are remembered', () => {
    const [permits] = permitsOf({ read: '^q\\d+$' });
    for (let round = 0; round < 2; round++) {
      for (let each = 0; each < 3000; each++) permits.check('read', 'queue', `q${each}`);
      expect(() => permits.check('read', 'queue', 'x1')).toThrow('ACCESS_REFUSED');
    }
  });

  it('answer as the patterns of the moment do, whatever was asked and set before', () => {
    const pattern = fc.constantFrom('', '.*', '^a', 'b$', '^[ab]$', '(?i)A');
    const name = fc.constantFrom('', 'a', 'b', 'ab', 'A', 'amq.default');
    const permission = fc.constantFrom('configure', 'write', 'read');
    const step = fc.oneof(
      fc.record({ configure: pattern, write: pattern, read: pattern }),
      fc.tuple(permission, fc.constantFrom('queue', 'exchange'), name),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let current = { configure: '', write: '', read: '' };
        const [permits, access] = permitsOf(current);
        for (const each of steps) {
          if (!Array.isArray(each)) {
            current = each;
            access.setPermissions({ user: 'guest', vhost: '/', ...current });
            continue;
          }
          const [asked, kind, checked] = each;
          const known = kind === 'exchange' && checked === '' ? 'amq.default' : checked;
          const check = () => permits.check(asked, kind, checked);
          if (new Pattern(current[asked] || '^$').matches(known)) check();
          else expect(check).toThrow('ACCESS_REFUSED');
        }
      }),
    );
  });

  it('hold routing keys to topic permissions, where there are any', () => {
    const [permits, access] = permitsOf({});
    permits.checkTopic('write', 'amq.topic', 'anything');
    const topic = { user: 'guest', vhost: '/', exchange: 'amq.topic' };
    access.setTopicPermissions({ ...topic, write: '^{username}\\.', read: '^{vhost}|^{client_id}' });
    permits.checkTopic('write', 'amq.topic', 'guest.x');
    permits.checkTopic('read', 'amq.topic', '/x');
    permits.checkTopic('write', 'other', 'anything');
    expect(() => permits.checkTopic('write', 'amq.topic', 'q')).toThrow(
      "ACCESS_REFUSED - access to topic 'q' in exchange 'amq.topic' in vhost '/' refused for user 'guest'",
    );
    access.setTopicPermissions({ ...topic, write: '', read: '' });
    expect(() => permits.checkTopic('write', 'amq.topic', 'guest.x')).toThrow('ACCESS_REFUSED');
    access.clearTopicPermissions('guest', '/');
    permits.checkTopic('write', 'amq.topic', 'q');
  });
});
