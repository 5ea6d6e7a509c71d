#!/usr/bin/env bash
# A real Redmine 5 on loopback for the tests marked `server` (Debian 12, root): start.sh ENV_FILE [PORT]
#
# Installs redmine, redmine-sqlite and puma where they are missing, starts one worker, seeds it, and writes to ENV_FILE
# the one variable that the tests read: GATEKEEPER_REDMINE, a JSON file with address, accounts, keys and database.
# The keys are of this throw-away server alone. Stop it with: kill "$GATEKEEPER_REDMINE_PID" (also in ENV_FILE).
set -euo pipefail
env_file=${1:?usage: start.sh ENV_FILE [PORT]}
port=${2:-3999}
here=$(cd "$(dirname "$0")" && pwd)
root=/usr/share/redmine
umask 077

installed() { dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q 'ok installed'; }
if ! { installed redmine && installed redmine-sqlite && installed puma; }; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install --yes --no-install-recommends redmine redmine-sqlite puma >/dev/null
fi

state=$(mktemp -d /tmp/gatekeeper-redmine.XXXXXX)
as_www() { su www-data -s /bin/bash -c "cd $root && export RAILS_ENV=production REDMINE_INSTANCE=default && $1"; }

install -m 644 "$here/seed.rb" "$state/seed.rb" # www-data need not be able to read the checkout
chmod 711 "$state"
as_www "bundle exec ruby -e 'require \"./config/environment\"; load \"$state/seed.rb\"'" \
  >"$state/seed.out" 2>"$state/seed.err" || { cat "$state/seed.err" >&2; exit 1; }

# Not `bundle exec puma`: puma is not in Redmine's Gemfile. setsid, so that it outlives this script.
setsid su www-data -s /bin/bash -c "cd $root && export RAILS_ENV=production REDMINE_INSTANCE=default &&
  exec puma -e production -b tcp://127.0.0.1:$port -t 1:4 -w 0 config.ru" >"$state/puma.log" 2>&1 </dev/null &
pid=$!
for _ in $(seq 120); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  kill -0 "$pid" 2>/dev/null || { tail -20 "$state/puma.log" >&2; exit 1; }
  sleep 0.5
done

tail -n 1 "$state/seed.out" | python3 -c 'import json, sys
print(json.dumps(json.load(sys.stdin) | {"url": sys.argv[1]}))' "http://127.0.0.1:$port" >"$state/redmine.json"
printf 'export GATEKEEPER_REDMINE=%s\nexport GATEKEEPER_REDMINE_PID=%s\n' "$state/redmine.json" "$pid" >"$env_file"
echo "Redmine is up on http://127.0.0.1:$port"
