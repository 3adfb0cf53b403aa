"""What pika, the client for Python, sees of a broker.

    python3 pika_scenario.py amqp://guest:guest@localhost/vhost
"""

import datetime
import decimal
import functools
import hashlib
import re
import sys

import pika
from pika.exceptions import AMQPError

URI = sys.argv[1]


def connect(uri=URI, **settings):
    parameters = pika.URLParameters(uri)
    for name, value in settings.items():
        setattr(parameters, name, value)
    return pika.BlockingConnection(parameters)


def masked(text):
    return re.sub(r'(127\.0\.0\.1|localhost|::1):\d+', r'\1', re.sub(r'amq\.gen-[\w-]{22}', 'amq.gen-*', text))


def shown(value):
    """What pika gave, as text that two runs share."""
    if isinstance(value, bytes):
        return repr(value) if len(value) < 100 else f'{len(value)} bytes, SHA-1 {hashlib.sha1(value).hexdigest()}'
    if isinstance(value, (tuple, list)):
        return '[' + ', '.join(shown(inner) for inner in value) + ']'
    if isinstance(value, dict):
        return '{' + ', '.join(f'{key}: {shown(inner) if key != "time" else "then"}' for key, inner in value.items()) + '}'
    if isinstance(value, pika.frame.Method):
        return shown(value.method)
    if isinstance(value, (pika.amqp_object.Method, pika.BasicProperties)):
        fields = {key: inner for key, inner in vars(value).items() if inner is not None and not key.startswith('_')}
        return f'{value.NAME} {shown(fields)}'
    return str(value)


def say(what, came):
    print(f'{what}: {masked(shown(came))}')


def tell(what, action):
    """One line of the transcript: what an action came to, or the error that it failed with."""
    try:
        say(what, action())
    except AMQPError as error:
        say(what, f'failed with {error!r}')


def attempt(connection, what, action):
    """What the broker says to a call on a channel of its own."""
    channel = connection.channel()
    tell(what, lambda: action(channel))
    if channel.is_open:
        channel.close()


def queue_of(channel, **arguments):
    """A queue for one chapter, gone with the connection."""
    named = {'x-' + name.replace('_', '-'): value for name, value in arguments.items()}
    return channel.queue_declare('', exclusive=True, arguments=named).method.queue


def drained(channel, queue):
    """Everything on a queue, in order."""
    bodies = []
    while True:
        method, _, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return bodies
        bodies.append(body)


def handshake(connection):
    tuned = connection._impl.params
    say('tuned', [tuned.channel_max, tuned.frame_max, tuned.heartbeat])
    say('supports', [connection.basic_nack_supported, connection.consumer_cancel_notify_supported,
                     connection.exchange_exchange_bindings_supported, connection.publisher_confirms_supported])
    for what, uri in (('wrong password', URI.replace('guest:guest', 'guest:wrong')), ('no such vhost', URI + '-nowhere')):
        tell(what, lambda: connect(uri))
    with connect(channel_max=3, frame_max=4096, heartbeat=7) as small:
        tuned = small._impl.params
        say('tuned down', [tuned.channel_max, tuned.frame_max, tuned.heartbeat])
        channel = small.channel()
        queue = queue_of(channel)
        channel.basic_publish('', queue, b'in small frames ' * 1000)
        say('large body', channel.basic_get(queue, auto_ack=True))


def declarations(connection):
    channel = connection.channel()
    for kind in ('direct', 'topic', 'fanout', 'headers'):
        tell(kind, lambda: channel.exchange_declare(f'p.{kind}', kind, auto_delete=True, internal=kind == 'fanout'))
    tell('passive', lambda: channel.exchange_declare('p.topic', passive=True))
    tell('queue', lambda: channel.queue_declare('p', durable=True, arguments={'x-max-length': 5, 'x-expires': 600_000}))
    tell('passive', lambda: channel.queue_declare('p', passive=True))
    tell('bind', lambda: channel.queue_bind('p', 'p.headers', arguments={'x-match': 'all', 'kind': True}))
    tell('bind exchange', lambda: channel.exchange_bind('p.fanout', 'p.direct', 'ä', arguments={'note': 'bound'}))
    tell('unbind exchange', lambda: channel.exchange_unbind('p.fanout', 'p.direct', 'ä', arguments={'note': 'bound'}))
    tell('unbind', lambda: channel.queue_unbind('p', 'p.headers', arguments={'x-match': 'all', 'kind': True}))
    tell('last queue declared', lambda: channel.queue_bind('', 'p.topic'))
    for what, action in (
            ('missing queue', lambda own: own.queue_declare('p.missing', passive=True)),
            ('missing exchange', lambda own: own.exchange_declare('p.missing', passive=True)),
            ('other type', lambda own: own.exchange_declare('amq.direct', 'fanout', durable=True)),
            ('reserved name', lambda own: own.queue_declare('amq.p')),
            ('no last queue', lambda own: own.queue_bind('', 'amq.fanout')),
            ('other arguments', lambda own: own.queue_declare('p', durable=True, arguments={'x-max-length': '5'})),
            ('list for a limit', lambda own: own.queue_declare('p.bad', arguments={'x-max-length': [1]})),
            ('table for a name', lambda own: own.queue_declare('p.bad', arguments={'x-dead-letter-exchange': {'a': 1}})),
            ('exclusive, not so before', lambda own: own.queue_declare('p', durable=True, exclusive=True)),
            ('default exchange', lambda own: own.exchange_delete('')),
            ('delete predeclared', lambda own: own.exchange_delete('amq.headers')),
            ('delete missing', lambda own: own.queue_delete('p.missing')),
            ('unbind missing', lambda own: own.queue_unbind('p.missing', 'amq.direct', 'x')),
            ('purge missing', lambda own: own.queue_purge('p.missing')),
            ('quorum, transient', lambda own: own.queue_declare('p.bad', arguments={'x-queue-type': 'quorum'}))):
        attempt(connection, what, action)
    tell('delete', lambda: channel.queue_delete('p', if_unused=True, if_empty=True))
    tell('delete exchange', lambda: channel.exchange_delete('p.fanout', if_unused=True))
    channel.close(reply_code=200, reply_text='declarations are done')


# Every type of value that pika can put into a table.
HEADERS = {
    'text': 'z ä € 🐇', 'yes': True, 'no': False, 'nothing': None, 'bytes': b'\x00\x01\xfe\xff', 'int': -70_000,
    'long': 2 ** 40, 'decimal': decimal.Decimal('3.1415'), 'whole': decimal.Decimal(42),
    'when': datetime.datetime(2023, 11, 14, 22, 13, 20), 'list': ['a', 1, [True, None], {'deep': 'x'}],
    'table': {'inner': {'innermost': 1}}, 'empty': {},
}
PROPERTIES = pika.BasicProperties(
    content_type='text/plain', content_encoding='utf-8', headers=HEADERS, delivery_mode=2, priority=9,
    correlation_id='correlated', reply_to='answers', expiration='600000', message_id='ä', timestamp=1_700_000_000,
    type='greeting', user_id='guest', app_id='interop', cluster_id='cluster')


def messages(connection):
    channel = connection.channel()
    queue = queue_of(channel)
    say('nothing', channel.basic_get(queue))
    channel.basic_publish('', queue, 'z ä € 🐇'.encode(), PROPERTIES)
    channel.basic_publish('', queue, b'')
    channel.basic_publish('', queue, b'large ' * 50_000, pika.BasicProperties(headers={}))
    for what in ('properties', 'empty', 'large'):
        say(what, channel.basic_get(queue))
    channel.basic_nack(2, multiple=True, requeue=True)
    say('again', channel.basic_get(queue))
    channel.basic_reject(4, requeue=False)
    channel.basic_recover(requeue=True)
    say('recovered', [len(body) for body in drained(channel, queue)])
    for body in (b'1', b'2', b'3'):
        channel.basic_publish('', queue, body)
    say('purge', channel.queue_purge(queue))
    attempt(connection, 'unknown delivery tag', lambda own: (own.basic_ack(77), own.queue_declare('', exclusive=True)))
    channel.close()


def consuming(connection):
    channel = connection.channel()
    queue = queue_of(channel)
    for number in range(1, 7):
        channel.basic_publish('', queue, str(number).encode())
    channel.basic_qos(prefetch_count=2)
    deliveries = channel.consume(queue, arguments={'x-priority': 2}, inactivity_timeout=30)
    (first, _, _), (second, _, body) = next(deliveries), next(deliveries)
    say('second', [second.delivery_tag, body])
    say('two are out', channel.queue_declare(queue, passive=True))
    channel.basic_ack(second.delivery_tag, multiple=True)
    third, _, body = next(deliveries)
    say('third', [third.delivery_tag, body])
    channel.basic_nack(third.delivery_tag, requeue=True)
    fourth, _, body = next(deliveries)
    say('next', [fourth.delivery_tag, fourth.redelivered, body])
    channel.cancel()
    say('left', drained(channel, queue))
    cancelled = []
    channel.add_on_cancel_callback(cancelled.append)
    channel.basic_consume(queue, lambda *_: None, auto_ack=True, exclusive=True, consumer_tag='exclusive')
    attempt(connection, 'second consumer', lambda own: own.basic_consume(queue, lambda *_: None))
    channel.queue_delete(queue)
    while not cancelled:
        connection.process_data_events(None)
    say('cancelled', cancelled)
    tell('consume from missing queue', lambda: channel.basic_consume('p.missing', lambda *_: None))


def shared_prefetch(connection):
    """A prefetch limit for the whole channel counts all of its consumers together."""
    channel = connection.channel()
    queue = queue_of(channel)
    channel.basic_qos(prefetch_count=3, global_qos=True)
    for number in range(6):
        channel.basic_publish('', queue, str(number).encode())
    came = []
    for tag in ('one', 'two'):
        channel.basic_consume(queue, lambda _, method, __, body: came.append((method, body)), consumer_tag=tag)
    while len(came) < 3:
        connection.process_data_events(None)
    say('three are left', channel.queue_declare(queue, passive=True))
    say('the others', [body for _, body in came])
    channel.basic_ack(came[0][0].delivery_tag)
    while len(came) < 4:
        connection.process_data_events(None)
    say('one more', came[3][1])
    channel.close()


def confirms(connection):
    channel = connection.channel()
    say('confirms', channel.confirm_delivery())
    queue = queue_of(channel, max_length=1, overflow='reject-publish')
    for exchange, key in (('', queue), ('', queue), ('amq.direct', 'nowhere')):
        try:
            say('published', channel.basic_publish(exchange, key, b'x', PROPERTIES, mandatory=True))
        except (pika.exceptions.NackError, pika.exceptions.UnroutableError) as error:
            say(type(error).__name__, [[message.method, message.properties, message.body] for message in error.messages])
    tell('missing exchange', lambda: channel.basic_publish('p.missing', '', b'x'))


def transactions(connection):
    channel = connection.channel()
    queue = queue_of(channel)
    say('select', channel.tx_select())
    for body, end in ((b'kept', channel.tx_commit), (b'undone', channel.tx_rollback)):
        channel.basic_publish('', queue, body)
        say(body, end())
    method, _, body = channel.basic_get(queue)
    say('kept', [method, body])
    channel.basic_reject(method.delivery_tag, requeue=True)
    say('not yet back', channel.queue_declare(queue, passive=True))
    channel.tx_commit()
    say('back', channel.basic_get(queue))
    attempt(connection, 'commit', lambda own: own.tx_commit())
    tell('confirms too', channel.confirm_delivery)


def dead_letters(connection):
    channel = connection.channel()
    dead = queue_of(channel)
    to_dead = {'dead_letter_exchange': '', 'dead_letter_routing_key': dead}
    deaths = channel.consume(dead, auto_ack=True)
    queue = queue_of(channel, **to_dead)
    channel.basic_publish('', queue, b'rejected', PROPERTIES)
    method, _, _ = channel.basic_get(queue)
    channel.basic_reject(method.delivery_tag, requeue=False)
    say('rejected', next(deaths)[1:])
    channel.basic_publish('', queue_of(channel, message_ttl=0, **to_dead), b'expired at once')
    say('expired', next(deaths)[1:])
    short = queue_of(channel, max_length_bytes=6, **to_dead)
    for body in (b'four', b'more', b'none'):
        channel.basic_publish('', short, body)
    say('pushed out', [next(deaths)[1:], next(deaths)[1:]])
    channel.cancel()
    channel.close()


def fatal(what, action):
    connection = connect()
    tell(what, lambda: action(connection.channel()))
    say('open', connection.is_open)


def ends(_):
    fatal('unknown exchange type', lambda channel: channel.exchange_declare('p', 'no-such-type'))
    fatal('recover without requeue', lambda channel: (channel.basic_recover(requeue=False), channel.basic_qos()))
    doomed = connect()
    print('please: close connections')
    tell('closed', functools.partial(doomed.process_data_events, None))


with connect() as main:
    for chapter in (handshake, declarations, messages, consuming, shared_prefetch, confirms, transactions, dead_letters):
        print(f'\n## {chapter.__name__}')
        chapter(main)
print('\n## ends')
ends(None)
print('\nthe end')
