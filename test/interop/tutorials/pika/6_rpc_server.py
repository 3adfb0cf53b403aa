"""Tutorial 6, remote procedure calls: finds the prime factors of numbers for whoever asks. Ctrl-C ends it.

    python3 6_rpc_server.py
"""

import os

import pika


def factors(number, start=2):
    while start * start <= number:
        if number % start == 0:
            return [start] + factors(number // start, start)
        start += 1
    return [number]


def answer(channel, method, request, body):
    found = ' * '.join(str(factor) for factor in factors(int(body)))
    print(f'asked for {body.decode()}, answered {found}')
    properties = pika.BasicProperties(correlation_id=request.correlation_id)
    channel.basic_publish('', request.reply_to, found.encode(), properties)
    channel.basic_ack(method.delivery_tag)


with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.queue_declare('factorise', auto_delete=True)
    channel.basic_qos(prefetch_count=1)  # several servers share the work fairly
    channel.basic_consume('factorise', answer)
    print('waiting for requests')
    try:
        channel.start_consuming()
    except KeyboardInterrupt:
        pass
