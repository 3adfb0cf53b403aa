"""Asks so many questions, all at once, and waits for the answers on a queue of its own.

    python3 rpc_client.py amqp://localhost 10
"""

import sys
import uuid

import pika

URL, COUNT = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10
parameters = pika.URLParameters(URL)
parameters.client_properties = {'connection_name': 'squares-client'}
questions = {str(uuid.uuid4()): number for number in range(1, COUNT + 1)}
answers = {}


def answered(channel, method, properties, body):
    answers[properties.correlation_id] = int(body)


with pika.BlockingConnection(parameters) as connection:
    channel = connection.channel()
    channel.queue_declare('squares', durable=True, arguments={'x-queue-type': 'quorum'})
    replies = channel.queue_declare('', exclusive=True, auto_delete=True).method.queue
    channel.basic_consume(replies, answered, auto_ack=True, exclusive=True, consumer_tag='squares-client')
    for correlation_id, number in questions.items():
        properties = pika.BasicProperties(
            correlation_id=correlation_id, reply_to=replies, expiration='10000', content_type='text/plain'
        )
        channel.basic_publish('', 'squares', str(number).encode(), properties)
    while len(answers) < len(questions):
        connection.process_data_events(time_limit=None)
    print(f'the squares add up to {sum(answers[question] for question in questions)}')
    channel.basic_cancel('squares-client')
    channel.close()
