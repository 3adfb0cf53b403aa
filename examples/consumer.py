"""Prints orders as they come, and ends after three. Point it at the spy instead of the broker:

    python3 examples/consumer.py amqp://guest:guest@127.0.0.1:5673
"""

import sys

import pika

WANTED = 3

parameters = pika.URLParameters(sys.argv[1] if len(sys.argv) > 1 else 'amqp://guest:guest@127.0.0.1:5673')
parameters.client_properties = {'connection_name': 'orders-consumer'}  # shown by the spy and by RabbitMQ

with pika.BlockingConnection(parameters) as connection:
    channel = connection.channel()
    channel.queue_declare('orders', durable=True, arguments={'x-expires': 60_000})
    channel.basic_qos(prefetch_count=1)
    print('waiting for orders', flush=True)
    for method, properties, body in channel.consume('orders'):
        print(properties.message_id, body.decode(), flush=True)
        channel.basic_ack(method.delivery_tag)
        if method.delivery_tag == WANTED:
            break
