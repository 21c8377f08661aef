#!/bin/sh
# Gives the program an account of its own on Elasticsearch: the indices whose names begin with qianxian-, and a look at the
# state of the cluster. Run at every start; twice is as once. ELASTIC_PASSWORD is the superuser's, used here alone,
# QIANXIAN_ELASTICSEARCH_PASSWORD the new account's.
set -eu
address=${1:-http://elasticsearch:9200}

put() {
  curl -fsS -o /dev/null -u "elastic:$ELASTIC_PASSWORD" -X PUT -H 'Content-Type: application/json' --data-binary @- "$address/_security/$1"
}

put role/qianxian << 'JSON'
{"cluster": ["monitor"], "indices": [{"names": ["qianxian-*"], "privileges": ["manage", "read", "write"]}]}
JSON
put user/qianxian << JSON
{"password": "$QIANXIAN_ELASTICSEARCH_PASSWORD", "roles": ["qianxian"], "full_name": "牵线"}
JSON
echo 'the account qianxian is ready'
