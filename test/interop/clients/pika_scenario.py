"""The scenario of pika, the client for Python: plays it against the broker at argv[1], prints what it saw as JSON.

All queues and exchanges begin with argv[2], and are gone afterwards.
"""

import datetime
import decimal
import hashlib
import json
import sys

import pika
from pika.exceptions import AMQPError, NackError, UnroutableError

URI, NAME = sys.argv[1:]
UNICODE = 'z ä € 🐇'
LARGE_BODY = (b'amqp-spy ' * 40_000)[:300_000]
TIME = datetime.datetime(2023, 11, 14, 22, 13, 20)

# Every type of value that pika can put into a table.
HEADERS = {
    'text': UNICODE, 'yes': True, 'no': False, 'nothing': None, 'bytes': b'\x00\x01\xfe\xff', 'int': -70_000,
    'long': 2 ** 40, 'decimal': decimal.Decimal('3.1415'), 'whole': decimal.Decimal(42), 'time': TIME,
    'list': ['a', 1, [True, None], {'deep': 'x'}], 'table': {'inner': {'innermost': 1}}, 'empty': {},
}
PROPERTIES = pika.BasicProperties(
    content_type='text/plain', content_encoding='utf-8', headers=HEADERS, delivery_mode=2, priority=9,
    correlation_id='correlated', reply_to='answers', expiration='600000', message_id=UNICODE, timestamp=1_700_000_000,
    type='greeting', user_id='guest', app_id='interop', cluster_id='cluster')


def parameters(uri=URI):
    made = pika.URLParameters(uri)
    made.client_properties = {'connection_name': NAME}
    return made


def shown(method, properties, body):
    if method is None:
        return None
    return [repr(method), {name: str(value) for name, value in vars(properties).items()}, hashlib.sha256(body).hexdigest()]


def failure_of(action):
    try:
        return repr(action())
    except AMQPError as error:
        return repr(error)


def topology(channel):
    yield from (channel.exchange_declare(f'{NAME}-{kind}', kind, auto_delete=True, internal=kind == 'fanout')
                for kind in ('direct', 'topic', 'fanout', 'headers'))
    yield channel.exchange_declare(f'{NAME}-topic', passive=True)
    yield channel.queue_declare(f'{NAME}-q', durable=True, arguments={'x-max-length': 5, 'x-expires': 600_000})
    yield channel.queue_declare(f'{NAME}-q', passive=True)
    yield channel.queue_bind(f'{NAME}-q', f'{NAME}-headers', arguments={'x-match': 'all', 'kind': True})
    yield channel.exchange_bind(f'{NAME}-fanout', f'{NAME}-direct', UNICODE, arguments={'note': 'bound'})
    yield channel.exchange_unbind(f'{NAME}-fanout', f'{NAME}-direct', UNICODE, arguments={'note': 'bound'})
    yield channel.queue_unbind(f'{NAME}-q', f'{NAME}-headers', arguments={'x-match': 'all', 'kind': True})
    yield channel.queue_delete(f'{NAME}-q', if_unused=True, if_empty=True)
    yield from (channel.exchange_delete(f'{NAME}-{kind}', if_unused=kind == 'topic')
                for kind in ('direct', 'topic', 'fanout', 'headers'))
    channel.close()


def consume(channel, queue, count):
    """Consumes until so many have come, then cancels; what came besides goes back."""
    deliveries = []
    for delivery in channel.consume(queue, arguments={'x-priority': 2}):
        deliveries.append(delivery)
        if len(deliveries) == count:
            break
    channel.cancel()
    return deliveries


def without_tag(delivery):
    """The consumer tag is made up anew each time."""
    method, properties, body = delivery
    method.consumer_tag = ''
    return shown(method, properties, body)


def messages(channel):
    queue = f'{NAME}-messages'
    channel.queue_declare(queue, exclusive=True)
    channel.basic_qos(prefetch_count=3)
    channel.basic_qos(prefetch_count=9, global_qos=True)
    yield shown(*channel.basic_get(queue))
    channel.basic_publish('', queue, UNICODE.encode(), PROPERTIES)
    channel.basic_publish('', queue, b'')
    channel.basic_publish('', queue, LARGE_BODY, pika.BasicProperties(headers={}))
    deliveries = consume(channel, queue, 3)
    yield [without_tag(delivery) for delivery in deliveries]
    channel.basic_nack(deliveries[0][0].delivery_tag, multiple=False, requeue=True)
    yield shown(*channel.basic_get(queue, auto_ack=False))
    channel.basic_ack(multiple=True)
    yield channel.queue_purge(queue)
    channel.basic_publish('', queue, b'left over')
    channel.basic_publish('', queue, b'and over')
    first, second = consume(channel, queue, 2)
    yield [first[2].decode(), second[2].decode()]
    channel.basic_recover(requeue=True)
    got = channel.basic_get(queue)
    channel.basic_reject(got[0].delivery_tag, requeue=False)
    cancelled = []
    channel.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
    channel.basic_consume(queue, lambda *_: None, auto_ack=True, exclusive=True, consumer_tag='cancelled')
    channel.queue_delete(queue)
    while not cancelled:
        channel.connection.process_data_events(None)
    yield cancelled
    channel.close(reply_code=200, reply_text='messages are done')


def confirms(channel):
    channel.confirm_delivery()
    queue = f'{NAME}-confirmed'
    channel.queue_declare(queue, exclusive=True, arguments={'x-max-length': 1, 'x-overflow': 'reject-publish'})
    for exchange, key in (('', queue), ('', queue), ('', queue), ('amq.direct', 'nowhere')):
        try:
            yield channel.basic_publish(exchange, key, b'x', mandatory=True)
        except (NackError, UnroutableError) as error:
            yield [type(error).__name__] + [repr(message.method) for message in error.messages]
    channel.close()


def transactions(channel):
    queue = f'{NAME}-transacted'
    channel.queue_declare(queue, exclusive=True)
    channel.tx_select()
    channel.basic_publish('', queue, b'kept')
    channel.tx_commit()
    channel.basic_publish('', queue, b'undone')
    channel.tx_rollback()
    yield channel.queue_declare(queue, passive=True)
    channel.close()


def channel_errors(connection):
    yield failure_of(lambda: connection.channel().queue_declare(f'{NAME}-missing', passive=True))
    yield failure_of(lambda: connection.channel().exchange_declare('amq.direct', 'fanout'))
    yield failure_of(lambda: connection.channel().queue_declare('amq.forbidden'))
    channel = connection.channel()
    channel.basic_ack(77)
    yield failure_of(lambda: channel.queue_declare('', exclusive=True))


def connection_error(connection):
    """A consumer tag used twice on two channels is fine, an unknown exchange type is the connection's fault (503)."""
    return failure_of(lambda: connection.channel().exchange_declare(f'{NAME}-unknown', 'no-such-type'))


def main():
    connection = pika.BlockingConnection(parameters())
    seen = {part.__name__: [value if isinstance(value, (str, list, bool)) or value is None else repr(value)
                            for value in part(connection.channel())]
            for part in (topology, messages, confirms, transactions)}
    seen['channel_errors'] = list(channel_errors(connection))
    seen['connection_error'] = connection_error(connection)
    seen['refused'] = failure_of(lambda: pika.BlockingConnection(parameters(URI.replace('guest:guest', 'guest:wrong'))))
    seen['no_virtual_host'] = failure_of(lambda: pika.BlockingConnection(parameters(f'{URI}/{NAME}-nowhere')))
    print(json.dumps(seen))


main()
