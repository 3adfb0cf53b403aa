"""Tutorial 3, publish/subscribe: tells the news to everyone who listens now.

    python3 3_publish_news.py [text]
"""

import os
import sys

import pika

news = sys.argv[1] if len(sys.argv) > 1 else 'It is spring'

with pika.BlockingConnection(pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))) as connection:
    channel = connection.channel()
    # A fanout exchange hands a copy to every queue that is bound to it; with none, the message is gone.
    channel.exchange_declare('news', 'fanout')
    channel.basic_publish('news', '', news.encode())
    print(f'published: {news}')
