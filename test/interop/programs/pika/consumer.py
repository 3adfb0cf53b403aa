"""Consumes orders as one should: at most 50 at a time, each acknowledged once it is done.

    python3 consumer.py amqp://localhost 100
"""

import json
import sys

import pika

URL, COUNT = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
parameters = pika.URLParameters(URL)
parameters.client_properties = {'connection_name': 'billing'}
done = []


def take(channel, method, properties, body):
    done.append(json.loads(body)['order'])
    channel.basic_ack(method.delivery_tag)
    if len(done) == COUNT:
        channel.stop_consuming()


with pika.BlockingConnection(parameters) as connection:
    channel = connection.channel()
    channel.queue_declare('orders', durable=True, arguments={'x-queue-type': 'quorum'})
    channel.basic_qos(prefetch_count=50)
    channel.basic_consume('orders', take, consumer_tag='billing')
    channel.start_consuming()
    print(f'consumed {len(done)}, numbers add up to {sum(done)}')
    channel.close()
