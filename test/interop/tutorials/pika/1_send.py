"""Tutorial 1, hello world: sends one message to a queue.

    python3 1_send.py [text]
"""

import os
import sys

import pika

text = sys.argv[1] if len(sys.argv) > 1 else 'Hello, world!'

with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.queue_declare('hello', durable=True)
    channel.basic_publish('', 'hello', text.encode())
    print(f'sent: {text}')
