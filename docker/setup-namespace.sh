#!/bin/sh
# Makes the namespace with 90 days of retention and registers the search attributes. Safe to repeat.
# Needs TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, which the temporal command reads by itself.
set -eu

attempt=1
until temporal operator cluster health >/dev/null 2>&1; do
  if [ "$attempt" -ge 60 ]; then
    echo "The Temporal server at $TEMPORAL_ADDRESS did not become healthy within two minutes." >&2
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 2
done

# describe fails for a namespace that isn't there; create fails if another one was faster.
if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 90d ||
    temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null
fi

# A new namespace takes some seconds until every part of the server knows it.
attempt=1
until temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention 90d; do
  if [ "$attempt" -ge 30 ]; then exit 1; fi
  attempt=$((attempt + 1))
  sleep 1
done

is_registered() {
  temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" | grep -q "^ *$1 "
}

register() {
  attempt=1
  until is_registered "$1"; do
    if [ "$attempt" -ge 30 ]; then
      echo "The search attribute $1 could not be registered." >&2
      exit 1
    fi
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type "$2" || true
    attempt=$((attempt + 1))
    sleep 1
  done
}

register PhasewrightProject Keyword
register PhasewrightRepository Keyword
register PhasewrightStatus Keyword
register PhasewrightWaitingFor Keyword
register PhasewrightPhase Int
echo "Namespace $TEMPORAL_NAMESPACE is ready."
