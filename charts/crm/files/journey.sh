#!/bin/sh
# What `helm test` runs: a person signs in, creates a customer, finds it and deletes it. Needs a shell and curl.
# CRM_URL is the gateway; CRM_EMAIL and CRM_PASSWORD are the person's. Without them only what needs no sign-in is asked.
set -eu

answer=/tmp/answer.$$
trap 'rm -f "$answer" "$answer.headers"' EXIT

fail() {
    echo "FAILED: $1" >&2
    [ ! -s "$answer" ] || head -c 500 "$answer" >&2
    exit 1
}

# call STATUS METHOD PATH [BODY]: the answer must have the status.
call() {
    wanted=$1 method=$2 path=$3 body=${4-}
    set -- --silent --show-error --insecure --max-time 30 --output "$answer" --dump-header "$answer.headers" \
        --write-out '%{http_code}' --request "$method"
    [ -z "${CRM_HOST-}" ] || set -- "$@" --header "Host: $CRM_HOST"
    [ -z "${cookie-}" ] || set -- "$@" --header "Cookie: $cookie"
    [ -z "$body" ] || set -- "$@" --header 'Content-Type: application/json' --data "$body"
    got=$(curl "$@" "$CRM_URL$path") || fail "$method $path: no answer"
    [ "$got" = "$wanted" ] || fail "$method $path: $got instead of $wanted"
}

# The first text under a key of the answer.
text() {
    sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" "$answer" | head -n 1
}

call 200 GET /openapi.json
echo "the gateway answers"

call 401 POST /v1/sessions '{"email":"nobody@example.com","password":"no password of anybody"}'
echo "identity refuses who is nobody"

if [ -z "${CRM_EMAIL-}" ]; then
    echo "give test.credentialsSecret to test more"
    exit 0
fi

call 200 POST /v1/sessions "{\"email\":\"$CRM_EMAIL\",\"password\":\"$CRM_PASSWORD\"}"
# Sent by hand: inside the cluster there may be no TLS, without which curl would not send it.
cookie=$(sed -n 's/^[Ss]et-[Cc]ookie: *\([^;]*\);.*/\1/p' "$answer.headers" | head -n 1)
[ -n "$cookie" ] || fail "the session has no cookie"
echo "signed in"

name="Helm test $(date +%s)$$"
call 200 POST /v1/accounts "{\"name\":\"$name\"}"
id=$(tr '{},' '\n' <"$answer" | sed -n 's/^ *"id" *: *"\([^"]*\)".*/\1/p' | head -n 1)
[ -n "$id" ] || fail "the customer has no id"
echo "created a customer"

call 200 GET "/v1/accounts?query=$(echo "$name" | sed 's/ /%20/g')"
grep -q "$id" "$answer" || fail "the customer is not found"
echo "found it"

call 200 DELETE "/v1/accounts/$id"
echo "deleted it"

call 200 POST /v1/sessions:signOut "{}"
echo "signed out"
