#!/usr/bin/env bash
# Who was thrown out, and why: every close with a reply code other than 200, with the connection's name. From a capture, or live:
#   examples/closes-with-error.sh trouble.pcapng
#   amqp-spy --upstream 5672 --format json | examples/closes-with-error.sh
set -euo pipefail

spy="$(dirname "$0")/../dist/cli/main.js"

events() {
  if [ $# -gt 0 ]; then node "$spy" read "$1" --format json; else cat; fi
}

events "$@" | jq --unbuffered -rn '
  foreach inputs as $event ({};
    if $event.method == "connection.start-ok"
    then .names["\($event.connection)"] = $event.arguments.client_properties.connection_name
    else . end;
    select($event.method == "channel.close" or $event.method == "connection.close")
    | select($event.arguments.reply_code != 200)
    | [$event.time, .names["\($event.connection)"] // "#\($event.connection)", $event.direction, $event.method,
       $event.arguments.reply_code, $event.arguments.reply_text]
    | @tsv)'
