"""Publishes three orders and waits until the broker has them. Point it at the spy instead of the broker:

    python3 examples/producer.py amqp://guest:guest@127.0.0.1:5673
"""

import json
import sys

import pika

parameters = pika.URLParameters(sys.argv[1] if len(sys.argv) > 1 else 'amqp://guest:guest@127.0.0.1:5673')
parameters.client_properties = {'connection_name': 'orders-producer'}  # shown by the spy and by RabbitMQ

with pika.BlockingConnection(parameters) as connection:
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare('orders', durable=True, arguments={'x-expires': 60_000})
    for number in (1, 2, 3):
        order = {'id': number, 'product': 'carrots', 'amount': number * 10}
        properties = pika.BasicProperties(
            content_type='application/json', message_id=f'order-{number}', headers={'x-attempt': 1})
        channel.basic_publish('', 'orders', json.dumps(order).encode(), properties)

print('sent 3 orders')
