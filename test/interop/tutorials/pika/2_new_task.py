"""Tutorial 2, work queues: puts a task on the queue, to be done by one of the workers. Each dot is a moment of work.

    python3 2_new_task.py 'wash the dishes...'
"""

import os
import sys

import pika

task = sys.argv[1] if len(sys.argv) > 1 else 'wash the dishes...'

with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    # A durable queue and persistent messages: the task outlives a restart of the broker.
    channel.queue_declare('tasks', durable=True)
    channel.basic_publish('', 'tasks', task.encode(), pika.BasicProperties(delivery_mode=2))
    print(f'queued: {task}')
