"""Tutorial 2, work queues: does tasks, one at a time. Start as many workers as you like. Ctrl-C ends it.

    python3 2_worker.py
"""

import os
import time

import pika


def work(channel, method, properties, body):
    task = body.decode()
    print(f'started: {task}')
    time.sleep(0.2 * len(task.split('.')))
    print(f'done: {task}')
    # Only now is it off the queue: if this worker dies before, another gets the task.
    channel.basic_ack(method.delivery_tag)


with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.queue_declare('tasks', durable=True)
    channel.basic_qos(prefetch_count=1)  # no further task before this one is done: it goes to a worker who is free
    channel.basic_consume('tasks', work)
    print('waiting for tasks')
    try:
        channel.start_consuming()
    except KeyboardInterrupt:
        pass
