# What bunny, the client for Ruby, sees of a broker; it recovers its topology by itself.
#   ruby bunny_scenario.rb amqp://guest:guest@localhost/vhost

require 'bunny'
require 'digest'

URI_GIVEN = ARGV.fetch(0)
$stdout.sync = true

def connect(uri = URI_GIVEN, **options)
  Bunny.new(uri, log_level: :fatal, **options).start
end

def masked(text)
  text.gsub(/amq\.gen-[\w-]{22}/, 'amq.gen-*').gsub(/bunny-\d+-\d+/, 'bunny-*').gsub(/(127\.0\.0\.1|localhost):\d+/, '\1')
end

# What bunny gave, as text that two runs share.
def shown(value)
  case value
  when String then value.size < 1000 ? value.dup.force_encoding('UTF-8') : "#{value.bytesize} bytes, SHA-1 #{Digest::SHA1.hexdigest(value)}"
  when Hash then "{#{value.map { |key, inner| "#{key}: #{key == 'time' ? 'then' : shown(inner)}" }.join(', ')}}"
  when Array then "[#{value.map { |inner| shown(inner) }.join(', ')}]"
  when Bunny::VersionedDeliveryTag then value.tag.to_s
  when Time then value.utc.to_s
  when AMQ::Protocol::Method
    fields = value.instance_variables.to_h { |name| [name.to_s.delete('@'), value.instance_variable_get(name)] }
    "#{value.class.name.split('::').last(2).join('.')} #{shown(fields)}"
  else value.respond_to?(:to_hash) ? shown(value.to_hash) : value.inspect
  end
end

def say(what, came)
  puts "#{what}: #{masked(shown(came))}"
end

# One line of the transcript: what a block came to, or the error that it failed with.
def tell(what)
  say(what, yield)
rescue Bunny::Exception, Timeout::Error => e
  say(what, "failed with #{e.class}: #{e.message}")
end

# What the broker says to calls on a channel of their own.
def attempt(connection, what)
  channel = connection.create_channel
  tell(what) { yield channel }
  channel.close if channel.open?
end

# The consumer tag is made up by bunny.
def told((delivery, properties, body))
  fields = delivery && %i[delivery_tag redelivered exchange routing_key].to_h { |name| [name, delivery[name]] }
  [fields, properties && properties.to_hash, body]
end

def drained(queue)
  bodies = []
  while (body = queue.pop.last)
    bodies << body
  end
  bodies
end

def handshake(connection)
  say 'capabilities', connection.server_capabilities.sort.to_h
  say 'tuned', [connection.channel_max, connection.frame_max, connection.heartbeat]
  tell('wrong password') { connect(URI_GIVEN.sub('guest:guest', 'guest:wrong')) }
  tell('no such vhost') { connect("#{URI_GIVEN}-nowhere") }
  small = connect(channel_max: 2, frame_max: 4096, heartbeat: 0)
  say 'tuned down', [small.channel_max, small.frame_max, small.heartbeat]
  queue = small.create_channel.queue('', exclusive: true)
  queue.publish('in small frames ' * 1000)
  say 'large body', told(queue.pop)
  small.close
  tell('new secret') { connection.update_secret('guest', 'renewed') }
end

def declarations(connection)
  channel = connection.create_channel
  exchange = channel.topic('b.topic', durable: true, arguments: { 'alternate-exchange' => 'amq.fanout' })
  queue = channel.queue('b', durable: true, arguments: { 'x-message-ttl' => 60_000, 'x-max-length-bytes' => 1000 })
  say 'declared', [exchange.name, queue.name, queue.status]
  tell('bind') { channel.queue_bind('b', 'b.topic', routing_key: '#.ä') }
  tell('unbind') { channel.queue_unbind('b', 'b.topic', routing_key: '#.ä') }
  tell('bind exchange') { channel.exchange_bind('amq.direct', 'b.topic', routing_key: 'x', arguments: { 'a' => 1 }) }
  tell('unbind exchange') { channel.exchange_unbind('amq.direct', 'b.topic', routing_key: 'x', arguments: { 'a' => 1 }) }
  say 'exists', [connection.queue_exists?('b'), connection.queue_exists?('b.missing'),
                 connection.exchange_exists?('b.topic'), connection.exchange_exists?('b.missing')]
  attempt(connection, 'other flags') { |own| own.queue('b', durable: false) }
  attempt(connection, 'other arguments') { |own| own.queue('b', durable: true) }
  attempt(connection, 'alternate exchange') { |own| own.topic('b.topic', durable: true) }
  attempt(connection, 'other alternate exchange') do |own|
    own.topic('b.topic', durable: true, arguments: { 'alternate-exchange' => 'other' })
  end
  attempt(connection, 'bad type of argument') { |own| own.queue('b.bad', arguments: { 'x-message-ttl' => 1.5 }) }
  attempt(connection, 'a priority too many') { |own| own.queue('b.bad', arguments: { 'x-max-priority' => 1000 }) }
  attempt(connection, 'missing') { |own| own.queue('b.missing', passive: true) }
  attempt(connection, 'reserved') { |own| own.fanout('amq.b') }
  attempt(connection, 'predeclared') { |own| own.fanout('amq.fanout', durable: true).name }
  attempt(connection, 'bind to missing exchange') { |own| own.queue_bind('b', 'b.missing') }
  attempt(connection, 'quorum and exclusive') { |own| own.queue('b.quorum', exclusive: true, arguments: { 'x-queue-type' => 'quorum' }) }
  tell('delete') { channel.queue_delete('b', if_unused: true, if_empty: true) }
  tell('delete exchange') { channel.exchange_delete('b.topic', if_unused: true) }
  channel.close
end

# Every type of value that bunny can put into a table.
HEADERS = {
  'text' => 'z ä € 🐇', 'yes' => true, 'no' => false, 'nothing' => nil, 'int' => -70_000, 'long' => 2**40,
  'real' => 0.25, 'when' => Time.at(1_700_000_000), 'list' => ['a', 1, [true], { 'deep' => 'x' }],
  'table' => { 'inner' => { 'innermost' => 1 } }, 'empty' => {}
}.freeze
PROPERTIES = {
  content_type: 'text/plain', content_encoding: 'utf-8', headers: HEADERS, persistent: true, priority: 9,
  correlation_id: 'correlated', reply_to: 'answers', expiration: '600000', message_id: 'first',
  timestamp: 1_700_000_000, type: 'greeting', user_id: 'guest', app_id: 'interop'
}.freeze

def messages(connection)
  channel = connection.create_channel
  queue = channel.queue('', exclusive: true)
  say 'nothing', told(queue.pop)
  queue.publish('z ä € 🐇', PROPERTIES)
  queue.publish('')
  queue.publish('large ' * 50_000, headers: {})
  3.times { say 'got', told(queue.pop(manual_ack: true)) }
  channel.nack(2, true, true)
  say 'again', told(queue.pop(manual_ack: true))
  channel.reject(4, false)
  tell('recover') { channel.basic_recover(true) }
  tell('purge') { queue.purge && queue.message_count }
  %w[1 2 3 4].each { |body| queue.publish(body) }
  first, = queue.pop(manual_ack: true)
  queue.pop(manual_ack: true)
  channel.reject(first.delivery_tag, true)
  say 'first in its place', drained(queue)
  channel.close
end

def consuming(connection)
  channel = connection.create_channel
  channel.prefetch(2)
  queue = channel.queue('b.read', exclusive: true)
  %w[1 2 3 4].each { |body| queue.publish(body) }
  came = Queue.new
  consumer = queue.subscribe(manual_ack: true, consumer_tag: 'reader', arguments: { 'x-priority' => 1 }) { |*message| came << message }
  one = came.pop
  two = came.pop
  say 'first two', [told(one), told(two)]
  say 'left', [queue.message_count, queue.consumer_count]
  channel.nack(two[0].delivery_tag, false, true)
  say 'again', told(came.pop)
  channel.ack(one[0].delivery_tag)
  say 'third', told(came.pop)
  say 'cancel', consumer.cancel
  channel.close
  say 'back with the channel', drained(connection.create_channel.queue(queue.name, exclusive: true))
  attempt(connection, 'exclusive consumer') do |own|
    q = own.queue('', exclusive: true)
    q.subscribe(exclusive: true) { nil }
    q.subscribe { nil }
  end
  attempt(connection, 'missing queue') { |own| own.basic_consume('b.missing') }
  cancelled = Queue.new
  watching = connection.create_channel
  doomed = watching.queue('', exclusive: true)
  doomed.subscribe(consumer_tag: 'doomed', on_cancellation: ->(cancel) { cancelled << cancel }) { nil }
  doomed.delete
  say 'cancelled', cancelled.pop
  watching.close
end

def confirms(connection)
  channel = connection.create_channel
  channel.confirm_select
  returns = Queue.new
  exchange = channel.direct('amq.direct', durable: true)
  exchange.on_return { |*returned| returns << returned }
  queue = channel.queue('', exclusive: true, arguments: { 'x-max-length' => 1, 'x-overflow' => 'reject-publish' })
  queue.publish('fits')
  say 'confirmed', [channel.wait_for_confirms, channel.nacked_set.to_a]
  queue.publish('does not')
  say 'refused', [channel.wait_for_confirms, channel.nacked_set.to_a]
  exchange.publish('back', routing_key: 'b.nowhere', mandatory: true, headers: { 'kept' => 1 })
  info, properties, body = returns.pop
  say 'returned', [info.to_hash, properties.to_hash, body]
  say 'confirmed', channel.wait_for_confirms
  channel.close
end

def transactions(connection)
  channel = connection.create_channel
  queue = channel.queue('', exclusive: true)
  tell('select') { channel.tx_select }
  queue.publish('kept')
  tell('commit') { channel.tx_commit }
  queue.publish('undone')
  tell('rollback') { channel.tx_rollback }
  say 'left', drained(queue)
  channel.close
  attempt(connection, 'commit') { |own| own.tx_commit }
end

def dead_letters(connection)
  channel = connection.create_channel
  dead = channel.queue('', exclusive: true)
  deaths = Queue.new
  dead.subscribe { |*message| deaths << message }
  to_dead = { 'x-dead-letter-exchange' => '', 'x-dead-letter-routing-key' => dead.name }
  queue = channel.queue('', exclusive: true, arguments: to_dead)
  queue.publish('rejected', PROPERTIES)
  channel.reject(queue.pop(manual_ack: true)[0].delivery_tag)
  say 'rejected', told(deaths.pop)
  queue.publish('expired', expiration: '0')
  say 'expired', told(deaths.pop)
  short = channel.queue('', exclusive: true, arguments: to_dead.merge('x-max-length' => 1))
  2.times { |i| short.publish("pushed out #{i}") }
  say 'pushed out', told(deaths.pop)
  channel.close
end

# The broker closes the connection; bunny opens it anew, declares, binds and consumes what was there.
def recovery(connection)
  recovered = Queue.new
  own = connect(network_recovery_interval: 0.05, recover_from_connection_close: true,
                recovery_completed: -> { recovered << true })
  channel = own.create_channel
  channel.prefetch(3)
  queue = channel.queue('', exclusive: true)
  queue.bind(channel.fanout('b.fanout', auto_delete: true))
  came = Queue.new
  queue.subscribe { |*message| came << message }
  channel.fanout('b.fanout', auto_delete: true).publish('before')
  say 'before', came.pop.last
  connection.close
  puts 'please: close connections'
  recovered.pop
  channel.fanout('b.fanout', auto_delete: true).publish('after')
  say 'after', came.pop.last
  say 'consumers', queue.consumer_count
  own.close
end

connection = connect
%i[handshake declarations messages consuming confirms transactions dead_letters recovery].each do |chapter|
  puts "\n## #{chapter}"
  send(chapter, connection)
end
puts "\nthe end"
