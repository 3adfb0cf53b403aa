"""Answers so many questions, then leaves.

    python3 rpc_server.py amqp://localhost 10
"""

import sys

import pika

URL, COUNT = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10
parameters = pika.URLParameters(URL)
parameters.client_properties = {'connection_name': 'squares-server'}
answered = 0


def answer(channel, method, question, body):
    global answered
    properties = pika.BasicProperties(correlation_id=question.correlation_id, content_type='text/plain')
    channel.basic_publish('', question.reply_to, str(int(body) ** 2).encode(), properties)
    channel.basic_ack(method.delivery_tag)
    answered += 1
    if answered == COUNT:
        channel.stop_consuming()


with pika.BlockingConnection(parameters) as connection:
    channel = connection.channel()
    channel.queue_declare('squares', durable=True, arguments={'x-queue-type': 'quorum'})
    channel.basic_qos(prefetch_count=10)
    channel.basic_consume('squares', answer, consumer_tag='squares-server')
    channel.start_consuming()
    print(f'answered {answered}')
    channel.close()
