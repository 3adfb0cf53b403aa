"""Tutorial 3, publish/subscribe: prints the news from now on. Ctrl-C ends it.

    python3 3_read_news.py
"""

import os

import pika


def read(channel, method, properties, body):
    print(f'read: {body.decode()}')


with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.exchange_declare('news', 'fanout')
    # A queue of our own: the broker makes up its name, and deletes it when we leave.
    queue = channel.queue_declare('', exclusive=True).method.queue
    channel.queue_bind(queue, 'news')
    channel.basic_consume(queue, read, auto_ack=True)
    print('waiting for news')
    try:
        channel.start_consuming()
    except KeyboardInterrupt:
        pass
