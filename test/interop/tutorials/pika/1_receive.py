"""Tutorial 1, hello world: prints the messages of a queue as they come. Ctrl-C ends it.

    python3 1_receive.py
"""

import os

import pika


def received(channel, method, properties, body):
    print(f'received: {body.decode()}')


with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.queue_declare('hello', durable=True)  # whoever comes first makes the queue
    channel.basic_consume('hello', received, auto_ack=True)
    print('waiting for messages')
    try:
        channel.start_consuming()
    except KeyboardInterrupt:
        pass
