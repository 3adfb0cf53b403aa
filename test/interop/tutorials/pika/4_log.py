"""Tutorial 4, routing: logs a line with its severity as the routing key.

    python3 4_log.py error 'The disk is full'
"""

import os
import sys

import pika

severity, line = sys.argv[1:] if len(sys.argv) > 2 else ('info', 'All is well')

with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.exchange_declare('logs', 'direct')
    channel.basic_publish('logs', severity, line.encode())
    print(f'logged {severity}: {line}')
