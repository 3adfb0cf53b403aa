"""Tutorial 5, topics: reports the weather under a routing key of several words, <continent>.<city>.<what>.

    python3 5_report_weather.py europe.oslo.snow '20 cm, and more to come'
"""

import os
import sys

import pika

topic, report = sys.argv[1:] if len(sys.argv) > 2 else ('europe.oslo.snow', '20 cm')

with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    channel.exchange_declare('weather', 'topic')
    channel.basic_publish('weather', topic, report.encode())
    print(f'reported {topic}: {report}')
