"""Tutorial 7, publisher confirms: ways to know that the broker has taken charge of what was published.

pika's blocking connection waits for each confirm by itself; its asynchronous one hands them over as they come.

    python3 7_publisher_confirms.py [count]
"""

import os
import sys

import pika

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 300
PARAMETERS = pika.URLParameters(os.environ.get('AMQP_URL', 'amqp://localhost'))


def tell(how, messages):
    print(f'{how}: {COUNT} published and confirmed, {messages} on the queue')


def one_by_one():
    """Simple, and slow, for each message waits for its way there and back. A message that is refused raises."""
    with pika.BlockingConnection(PARAMETERS) as connection:
        channel = connection.channel()
        channel.confirm_delivery()  # from now on, the broker confirms each message
        queue = channel.queue_declare('', exclusive=True).method.queue
        for i in range(COUNT):
            channel.basic_publish('', queue, str(i).encode(), mandatory=True)
        tell('oneByOne', channel.queue_purge(queue).method.message_count)


class InFlight:
    """Publishes window after window without waiting, and counts what is not confirmed yet by its delivery tag."""

    def __init__(self, how, window):
        self.how, self.window = how, window
        self.published, self.unconfirmed = 0, set()

    def run(self):
        connection = pika.SelectConnection(PARAMETERS, on_open_callback=lambda c: c.channel(on_open_callback=self.opened))
        connection.ioloop.start()

    def opened(self, channel):
        self.channel = channel
        channel.connection.add_on_close_callback(lambda connection, reason: connection.ioloop.stop())
        channel.confirm_delivery(self.settled)
        channel.queue_declare('', exclusive=True, callback=self.declared)

    def declared(self, frame):
        self.queue = frame.method.queue
        self.publish()

    def publish(self):
        for _ in range(min(self.window, COUNT - self.published)):
            self.channel.basic_publish('', self.queue, str(self.published).encode())
            self.published += 1
            self.unconfirmed.add(self.published)  # the broker counts from 1

    def settled(self, frame):
        assert isinstance(frame.method, pika.spec.Basic.Ack), 'the broker refused a message'
        tag = frame.method.delivery_tag
        self.unconfirmed -= {t for t in self.unconfirmed if t == tag or frame.method.multiple and t < tag}
        if self.unconfirmed:
            return
        if self.published < COUNT:
            self.publish()
        else:
            self.channel.queue_purge(self.queue, callback=self.purged)

    def purged(self, frame):
        tell(self.how, frame.method.message_count)
        self.channel.connection.close()


one_by_one()
InFlight('inBatches', window=100).run()
InFlight('asTheyCome', window=COUNT).run()
