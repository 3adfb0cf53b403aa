"""Publishes orders as one should: to a durable queue, persistent, with an id each, and awaits the broker's confirms.

    python3 publisher.py amqp://localhost 100
"""

import json
import sys

import pika

URL, COUNT = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
parameters = pika.URLParameters(URL)
parameters.client_properties = {'connection_name': 'order-entry'}

with pika.BlockingConnection(parameters) as connection:
    channel = connection.channel()
    channel.confirm_delivery()  # from now on, each publish waits for its confirm, and raises if it is refused
    channel.queue_declare('orders', durable=True, arguments={'x-queue-type': 'quorum'})
    for number in range(1, COUNT + 1):
        properties = pika.BasicProperties(
            content_type='application/json', delivery_mode=2, message_id=f'order-{number}'
        )
        channel.basic_publish('', 'orders', json.dumps({'order': number}).encode(), properties, mandatory=True)
    print(f'published and confirmed {COUNT}')
    channel.close()
