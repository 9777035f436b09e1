#!/usr/bin/env bash
# Runs an event of this folder against its function, with cargo-lambda in the place of Lambda. Where the
# function finds AWS is up to the environment: `make invoke` has local AWS in it.
set -euo pipefail
event=$1
case ${event##*/} in
    remediate*) function=remediate ;;
    *) function=config-rule ;;
esac
address=127.0.0.1
port=${INVOKE_PORT:-9055}

if (: <"/dev/tcp/$address/$port") 2>/dev/null; then
    echo "port \`$port\` is in use: give another one with INVOKE_PORT" >&2
    exit 2
fi

cargo lambda watch --bin "$function" --locked --ignore-changes --quiet \
    --invoke-address "$address" --invoke-port "$port" &
watch=$!
trap 'kill "$watch" 2>/dev/null; wait "$watch" || true' EXIT

until (: <"/dev/tcp/$address/$port") 2>/dev/null; do
    kill -0 "$watch" || exit 2
    sleep 0.1
done
cargo lambda invoke "$function" --invoke-address "$address" --invoke-port "$port" --data-file "$event"
