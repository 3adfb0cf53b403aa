"""Tutorial 5, topics: prints reports whose topics match any of the patterns. Ctrl-C ends it.

In a pattern * stands for one word, # for any number of words, also none.

    python3 5_watch_weather.py 'europe.#' '*.*.storm'
"""

import os
import sys

import pika

patterns = sys.argv[1:]


def reported(channel, method, properties, body):
    print(f'{method.routing_key}: {body.decode()}')


with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.exchange_declare('weather', 'topic')
    queue = channel.queue_declare('', exclusive=True).method.queue
    for pattern in patterns:
        channel.queue_bind(queue, 'weather', pattern)
    # A report that several patterns match still comes once.
    channel.basic_consume(queue, reported, auto_ack=True)
    print(f'watching {", ".join(patterns)}')
    try:
        channel.start_consuming()
    except KeyboardInterrupt:
        pass
