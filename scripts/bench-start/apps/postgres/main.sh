set -e
echo started
export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH" PGHOST=/tmp PGUSER=postgres
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
as_postgres initdb --no-sync --auth=trust --encoding=UTF8 --locale=C.UTF-8 -D /tmp/data > /tmp/initdb.log
as_postgres pg_ctl -D /tmp/data -w -o '-F -k /tmp -c listen_addresses=' -l /tmp/server.log start > /tmp/start.log
psql -q -c 'create table t (id serial primary key, words text)' -c "insert into t (words) select md5(i::text) from generate_series(1, 1000) i"
echo "ready: $(psql -At -c 'select count(distinct words) from t') rows"
