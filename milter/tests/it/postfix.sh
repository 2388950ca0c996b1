#!/bin/sh
# Runs inside namespaces of its own (unshare -n -m): Postfix with the daemon as its milter, and a sink that keeps what
# is delivered. Arguments: a folder for everything, the daemon, its configuration. Ends when standard input does.
set -eu
dir=$1 daemon=$2 config=$3
ip link set lo up
mkdir -p "$dir/etc" "$dir/queue" "$dir/data" "$dir/mail"
mount --bind "$dir/queue" /var/spool/postfix
mount --bind "$dir/data" /var/lib/postfix
chown postfix "$dir/data"
cp /etc/postfix/dynamicmaps.cf /etc/postfix/postfix-files "$dir/etc/" 2>/dev/null || true
cat >"$dir/etc/main.cf" <<CF
compatibility_level = 3.6
config_directory = $dir/etc
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
maillog_file_prefixes = $dir
maillog_file = $dir/postfix.log
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
relay_domains = example.org
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_milters = unix:$dir/milter.sock
smtpd_peername_lookup = no
smtp_host_lookup = native
disable_dns_lookups = yes
relayhost = [127.0.0.1]:2526
default_transport = smtp
relay_transport = smtp
alias_maps =
local_recipient_maps =
CF
cat >"$dir/etc/master.cf" <<CF
2525 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CF
"$daemon" --config "$config" 2>"$dir/milter.log" &
milter=$!
python3 "$(dirname "$0")/smtp_sink.py" 2526 "$dir/mail" &
sink=$!
trap 'postfix -c "$dir/etc" stop >/dev/null 2>&1 || true; kill $milter $sink 2>/dev/null || true' EXIT
postfix -c "$dir/etc" start >"$dir/postfix.out" 2>&1
python3 "$(dirname "$0")/smtp_inject.py" 2525 "$dir"
