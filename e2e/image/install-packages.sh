# Installs what the tests run, from the base image's own Debian mirror. No service is started.
set -eu
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt-get update
apt-get install --yes --no-install-recommends \
  attr busybox-static containerd docker-registry runc stargz-snapshotter tini umoci
apt-get clean
rm -rf /var/lib/apt/lists/*
