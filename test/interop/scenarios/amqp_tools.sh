#!/bin/sh
# What the tools of rabbitmq-c see of a broker.
#   sh amqp_tools.sh amqp://guest:guest@localhost/vhost

uri=$1

chapter() { printf '\n## %s\n' "$1"; }

# Runs a tool on the broker: says how it was called, what it printed on either stream, and how it ended.
tell() {
  printf '%s\n' "$*"
  tool=$1
  shift
  output=$("$tool" --url "$uri" "$@" 2>&1)
  code=$?
  printf '%s' "$output" | sed 's/^/  /; s/amq\.gen-[A-Za-z0-9_-]*/amq.gen-*/g' | cut -c1-300
  printf "\n  (%s)\n" "$code"
}

chapter queues
tell amqp-declare-queue --queue t --durable
tell amqp-declare-queue --queue t --durable
tell amqp-declare-queue --queue t
tell amqp-declare-queue --queue ''
tell amqp-declare-queue --queue amq.forbidden
tell amqp-delete-queue --queue t.missing
tell amqp-delete-queue --queue amq.forbidden

chapter messages
tell amqp-get --queue t
tell amqp-publish --routing-key t --body 'z ä € 🐇' --persistent --content-type text/plain
tell amqp-publish --routing-key t --body second --content-encoding gzip --reply-to answers --header 'kind: greeting' --header 'n: 1'
head -c 300000 /dev/zero | tr '\0' 'x' | tell amqp-publish --routing-key t
printf 'line one\nline two\n' | tell amqp-publish --routing-key t --line-buffered
tell amqp-delete-queue --queue t --if-empty
tell amqp-get --queue t
tell amqp-consume --queue t --count 1 cat
tell amqp-consume --queue t --count 1 --prefetch-count 1 wc
tell amqp-consume --queue t --count 2 --no-ack cat
tell amqp-get --queue t
tell amqp-publish --exchange t.missing --routing-key t --body lost
tell amqp-publish --routing-key t.missing --body 'goes nowhere'

chapter consumers
tell amqp-consume --queue t.missing cat
tell amqp-consume --queue t --exchange t.missing --routing-key x cat
tell amqp-consume --exchange amq.direct --routing-key x --queue t cat
tell amqp-publish --routing-key t --body refused
tell amqp-delete-queue --queue t --if-unused

chapter connections
tell amqp-get --queue t
tell amqp-get --queue t --heartbeat 3
uri=$1-nowhere
tell amqp-get --queue t
uri=$(printf '%s' "$1" | sed 's/guest:guest/guest:wrong/')
tell amqp-get --queue t

printf '\nthe end\n'
