"""Tutorial 4, routing: prints the log lines of the severities that it is told. Ctrl-C ends it.

    python3 4_watch_logs.py warning error
"""

import os
import sys

import pika

severities = sys.argv[1:]


def logged(channel, method, properties, body):
    print(f'{method.routing_key}: {body.decode()}')


with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.exchange_declare('logs', 'direct')
    queue = channel.queue_declare('', exclusive=True).method.queue
    for severity in severities:
        channel.queue_bind(queue, 'logs', severity)  # a binding for each
    channel.basic_consume(queue, logged, auto_ack=True)
    print(f'watching for {", ".join(severities)}')
    try:
        channel.start_consuming()
    except KeyboardInterrupt:
        pass
