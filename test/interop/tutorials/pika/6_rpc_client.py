"""Tutorial 6, remote procedure calls: asks for the prime factors of numbers, all at once.

    python3 6_rpc_client.py 360 97
"""

import os
import sys
import uuid

import pika

numbers = sys.argv[1:]

with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    # Answers come to a queue of our own; the correlation id says which question an answer belongs to.
    replies = channel.queue_declare('', exclusive=True).method.queue
    questions = {str(uuid.uuid4()): number for number in numbers}
    answers = {}

    def answered(channel, method, properties, body):
        answers[properties.correlation_id] = body.decode()

    channel.basic_consume(replies, answered, auto_ack=True)
    for correlation_id, number in questions.items():
        properties = pika.BasicProperties(correlation_id=correlation_id, reply_to=replies)
        channel.basic_publish('', 'factorise', number.encode(), properties)
    while len(answers) < len(questions):
        connection.process_data_events(time_limit=None)
    for correlation_id, number in questions.items():
        print(f'{number} = {answers[correlation_id]}')
