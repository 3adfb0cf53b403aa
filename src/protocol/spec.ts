// AMQP 0-9-1 as one table: classes, methods, arguments, content properties, reply codes; RabbitMQ's extensions included.
// Its counterpart is nobody: types, codec, event JSON, filter fields and documentation are read off this table.
// Invariant: the order of arguments and properties is their order on the wire.

/** Wire types of method arguments and content properties (AMQP 0-9-1 §4.2.5). Consecutive bits share octets. */
export type Domain = 'bit' | 'octet' | 'short' | 'long' | 'longlong' | 'timestamp' | 'shortstr' | 'longstr' | 'table';

export interface MethodSpec {
  readonly id: number;
  /** Who may send it. */
  readonly from: 'client' | 'server' | 'either';
  /** For synchronous methods: the replies that settle it (without class name). */
  readonly replies?: readonly string[];
  /** A content header and body frames follow. */
  readonly content?: true;
  readonly arguments: { readonly [name: string]: Domain };
  /** Arguments that the specification reserves: on the wire, never shown. */
  readonly reserved?: readonly string[];
}

export interface ClassSpec {
  readonly id: number;
  readonly methods: { readonly [name: string]: MethodSpec };
  /** Content properties, first flag bit (15) first. */
  readonly properties?: { readonly [name: string]: Domain };
}

export const SPEC = {
  connection: {
    id: 10,
    methods: {
      start: {
        id: 10,
        from: 'server',
        replies: ['start-ok'],
        arguments: {
          version_major: 'octet',
          version_minor: 'octet',
          server_properties: 'table',
          mechanisms: 'longstr',
          locales: 'longstr',
        },
      },
      'start-ok': {
        id: 11,
        from: 'client',
        arguments: { client_properties: 'table', mechanism: 'shortstr', response: 'longstr', locale: 'shortstr' },
      },
      secure: { id: 20, from: 'server', replies: ['secure-ok'], arguments: { challenge: 'longstr' } },
      'secure-ok': { id: 21, from: 'client', arguments: { response: 'longstr' } },
      tune: {
        id: 30,
        from: 'server',
        replies: ['tune-ok'],
        arguments: { channel_max: 'short', frame_max: 'long', heartbeat: 'short' },
      },
      'tune-ok': {
        id: 31,
        from: 'client',
        arguments: { channel_max: 'short', frame_max: 'long', heartbeat: 'short' },
      },
      open: {
        id: 40,
        from: 'client',
        replies: ['open-ok'],
        arguments: { virtual_host: 'shortstr', capabilities: 'shortstr', insist: 'bit' },
        reserved: ['capabilities', 'insist'],
      },
      'open-ok': { id: 41, from: 'server', arguments: { known_hosts: 'shortstr' }, reserved: ['known_hosts'] },
      close: {
        id: 50,
        from: 'either',
        replies: ['close-ok'],
        arguments: { reply_code: 'short', reply_text: 'shortstr', class_id: 'short', method_id: 'short' },
      },
      'close-ok': { id: 51, from: 'either', arguments: {} },
      // RabbitMQ: connection.blocked notifications.
      blocked: { id: 60, from: 'server', arguments: { reason: 'shortstr' } },
      unblocked: { id: 61, from: 'server', arguments: {} },
      // RabbitMQ: token refresh for OAuth 2.
      'update-secret': {
        id: 70,
        from: 'client',
        replies: ['update-secret-ok'],
        arguments: { new_secret: 'longstr', reason: 'shortstr' },
      },
      'update-secret-ok': { id: 71, from: 'server', arguments: {} },
    },
  },
  channel: {
    id: 20,
    methods: {
      open: {
        id: 10,
        from: 'client',
        replies: ['open-ok'],
        arguments: { out_of_band: 'shortstr' },
        reserved: ['out_of_band'],
      },
      'open-ok': { id: 11, from: 'server', arguments: { channel_id: 'longstr' }, reserved: ['channel_id'] },
      flow: { id: 20, from: 'either', replies: ['flow-ok'], arguments: { active: 'bit' } },
      'flow-ok': { id: 21, from: 'either', arguments: { active: 'bit' } },
      close: {
        id: 40,
        from: 'either',
        replies: ['close-ok'],
        arguments: { reply_code: 'short', reply_text: 'shortstr', class_id: 'short', method_id: 'short' },
      },
      'close-ok': { id: 41, from: 'either', arguments: {} },
    },
  },
  // From AMQP 0-8: some clients still ask for an access ticket, and RabbitMQ answers.
  access: {
    id: 30,
    methods: {
      request: {
        id: 10,
        from: 'client',
        replies: ['request-ok'],
        arguments: { realm: 'shortstr', exclusive: 'bit', passive: 'bit', active: 'bit', write: 'bit', read: 'bit' },
      },
      'request-ok': { id: 11, from: 'server', arguments: { ticket: 'short' } },
    },
  },
  exchange: {
    id: 40,
    methods: {
      declare: {
        id: 10,
        from: 'client',
        replies: ['declare-ok'],
        arguments: {
          ticket: 'short',
          exchange: 'shortstr',
          type: 'shortstr',
          passive: 'bit',
          durable: 'bit',
          auto_delete: 'bit',
          internal: 'bit',
          nowait: 'bit',
          arguments: 'table',
        },
        reserved: ['ticket'],
      },
      'declare-ok': { id: 11, from: 'server', arguments: {} },
      delete: {
        id: 20,
        from: 'client',
        replies: ['delete-ok'],
        arguments: { ticket: 'short', exchange: 'shortstr', if_unused: 'bit', nowait: 'bit' },
        reserved: ['ticket'],
      },
      'delete-ok': { id: 21, from: 'server', arguments: {} },
      // RabbitMQ: exchange-to-exchange bindings.
      bind: {
        id: 30,
        from: 'client',
        replies: ['bind-ok'],
        arguments: {
          ticket: 'short',
          destination: 'shortstr',
          source: 'shortstr',
          routing_key: 'shortstr',
          nowait: 'bit',
          arguments: 'table',
        },
        reserved: ['ticket'],
      },
      'bind-ok': { id: 31, from: 'server', arguments: {} },
      unbind: {
        id: 40,
        from: 'client',
        replies: ['unbind-ok'],
        arguments: {
          ticket: 'short',
          destination: 'shortstr',
          source: 'shortstr',
          routing_key: 'shortstr',
          nowait: 'bit',
          arguments: 'table',
        },
        reserved: ['ticket'],
      },
      'unbind-ok': { id: 51, from: 'server', arguments: {} },
    },
  },
  queue: {
    id: 50,
    methods: {
      declare: {
        id: 10,
        from: 'client',
        replies: ['declare-ok'],
        arguments: {
          ticket: 'short',
          queue: 'shortstr',
          passive: 'bit',
          durable: 'bit',
          exclusive: 'bit',
          auto_delete: 'bit',
          nowait: 'bit',
          arguments: 'table',
        },
        reserved: ['ticket'],
      },
      'declare-ok': {
        id: 11,
        from: 'server',
        arguments: { queue: 'shortstr', message_count: 'long', consumer_count: 'long' },
      },
      bind: {
        id: 20,
        from: 'client',
        replies: ['bind-ok'],
        arguments: {
          ticket: 'short',
          queue: 'shortstr',
          exchange: 'shortstr',
          routing_key: 'shortstr',
          nowait: 'bit',
          arguments: 'table',
        },
        reserved: ['ticket'],
      },
      'bind-ok': { id: 21, from: 'server', arguments: {} },
      purge: {
        id: 30,
        from: 'client',
        replies: ['purge-ok'],
        arguments: { ticket: 'short', queue: 'shortstr', nowait: 'bit' },
        reserved: ['ticket'],
      },
      'purge-ok': { id: 31, from: 'server', arguments: { message_count: 'long' } },
      delete: {
        id: 40,
        from: 'client',
        replies: ['delete-ok'],
        arguments: { ticket: 'short', queue: 'shortstr', if_unused: 'bit', if_empty: 'bit', nowait: 'bit' },
        reserved: ['ticket'],
      },
      'delete-ok': { id: 41, from: 'server', arguments: { message_count: 'long' } },
      unbind: {
        id: 50,
        from: 'client',
        replies: ['unbind-ok'],
        arguments: {
          ticket: 'short',
          queue: 'shortstr',
          exchange: 'shortstr',
          routing_key: 'shortstr',
          arguments: 'table',
        },
        reserved: ['ticket'],
      },
      'unbind-ok': { id: 51, from: 'server', arguments: {} },
    },
  },
  basic: {
    id: 60,
    properties: {
      content_type: 'shortstr',
      content_encoding: 'shortstr',
      headers: 'table',
      delivery_mode: 'octet',
      priority: 'octet',
      correlation_id: 'shortstr',
      reply_to: 'shortstr',
      expiration: 'shortstr',
      message_id: 'shortstr',
      timestamp: 'timestamp',
      type: 'shortstr',
      user_id: 'shortstr',
      app_id: 'shortstr',
      cluster_id: 'shortstr',
    },
    methods: {
      qos: {
        id: 10,
        from: 'client',
        replies: ['qos-ok'],
        arguments: { prefetch_size: 'long', prefetch_count: 'short', global: 'bit' },
      },
      'qos-ok': { id: 11, from: 'server', arguments: {} },
      consume: {
        id: 20,
        from: 'client',
        replies: ['consume-ok'],
        arguments: {
          ticket: 'short',
          queue: 'shortstr',
          consumer_tag: 'shortstr',
          no_local: 'bit',
          no_ack: 'bit',
          exclusive: 'bit',
          nowait: 'bit',
          arguments: 'table',
        },
        reserved: ['ticket'],
      },
      'consume-ok': { id: 21, from: 'server', arguments: { consumer_tag: 'shortstr' } },
      // Also sent by RabbitMQ to consumers that declared consumer_cancel_notify.
      cancel: {
        id: 30,
        from: 'either',
        replies: ['cancel-ok'],
        arguments: { consumer_tag: 'shortstr', nowait: 'bit' },
      },
      'cancel-ok': { id: 31, from: 'either', arguments: { consumer_tag: 'shortstr' } },
      publish: {
        id: 40,
        from: 'client',
        content: true,
        arguments: {
          ticket: 'short',
          exchange: 'shortstr',
          routing_key: 'shortstr',
          mandatory: 'bit',
          immediate: 'bit',
        },
        reserved: ['ticket'],
      },
      return: {
        id: 50,
        from: 'server',
        content: true,
        arguments: { reply_code: 'short', reply_text: 'shortstr', exchange: 'shortstr', routing_key: 'shortstr' },
      },
      deliver: {
        id: 60,
        from: 'server',
        content: true,
        arguments: {
          consumer_tag: 'shortstr',
          delivery_tag: 'longlong',
          redelivered: 'bit',
          exchange: 'shortstr',
          routing_key: 'shortstr',
        },
      },
      get: {
        id: 70,
        from: 'client',
        replies: ['get-ok', 'get-empty'],
        arguments: { ticket: 'short', queue: 'shortstr', no_ack: 'bit' },
        reserved: ['ticket'],
      },
      'get-ok': {
        id: 71,
        from: 'server',
        content: true,
        arguments: {
          delivery_tag: 'longlong',
          redelivered: 'bit',
          exchange: 'shortstr',
          routing_key: 'shortstr',
          message_count: 'long',
        },
      },
      'get-empty': { id: 72, from: 'server', arguments: { cluster_id: 'shortstr' }, reserved: ['cluster_id'] },
      ack: { id: 80, from: 'either', arguments: { delivery_tag: 'longlong', multiple: 'bit' } },
      reject: { id: 90, from: 'client', arguments: { delivery_tag: 'longlong', requeue: 'bit' } },
      'recover-async': { id: 100, from: 'client', arguments: { requeue: 'bit' } },
      recover: { id: 110, from: 'client', replies: ['recover-ok'], arguments: { requeue: 'bit' } },
      'recover-ok': { id: 111, from: 'server', arguments: {} },
      // RabbitMQ: from the client it rejects deliveries, from the server it refuses confirms.
      nack: { id: 120, from: 'either', arguments: { delivery_tag: 'longlong', multiple: 'bit', requeue: 'bit' } },
    },
  },
  // RabbitMQ: publisher confirms.
  confirm: {
    id: 85,
    methods: {
      select: { id: 10, from: 'client', replies: ['select-ok'], arguments: { nowait: 'bit' } },
      'select-ok': { id: 11, from: 'server', arguments: {} },
    },
  },
  tx: {
    id: 90,
    methods: {
      select: { id: 10, from: 'client', replies: ['select-ok'], arguments: {} },
      'select-ok': { id: 11, from: 'server', arguments: {} },
      commit: { id: 20, from: 'client', replies: ['commit-ok'], arguments: {} },
      'commit-ok': { id: 21, from: 'server', arguments: {} },
      rollback: { id: 30, from: 'client', replies: ['rollback-ok'], arguments: {} },
      'rollback-ok': { id: 31, from: 'server', arguments: {} },
    },
  },
} as const satisfies { readonly [name: string]: ClassSpec };

/** AMQP 0-9-1 §1.6 and RabbitMQ: reply codes, their names and what they close. 200 closes nothing by itself. */
export const REPLY_CODES = {
  200: { name: 'reply-success', scope: 'connection' },
  311: { name: 'content-too-large', scope: 'channel' },
  312: { name: 'no-route', scope: 'channel' },
  313: { name: 'no-consumers', scope: 'channel' },
  320: { name: 'connection-forced', scope: 'connection' },
  402: { name: 'invalid-path', scope: 'connection' },
  403: { name: 'access-refused', scope: 'channel' },
  404: { name: 'not-found', scope: 'channel' },
  405: { name: 'resource-locked', scope: 'channel' },
  406: { name: 'precondition-failed', scope: 'channel' },
  501: { name: 'frame-error', scope: 'connection' },
  502: { name: 'syntax-error', scope: 'connection' },
  503: { name: 'command-invalid', scope: 'connection' },
  504: { name: 'channel-error', scope: 'connection' },
  505: { name: 'unexpected-frame', scope: 'connection' },
  506: { name: 'resource-error', scope: 'connection' },
  530: { name: 'not-allowed', scope: 'connection' },
  540: { name: 'not-implemented', scope: 'connection' },
  541: { name: 'internal-error', scope: 'connection' },
} as const;

export type ReplyCode = keyof typeof REPLY_CODES;
