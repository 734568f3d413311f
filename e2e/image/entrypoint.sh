# Readies the container for containers of its own, and runs a command in it.
set -eu
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  # A cgroup of version 2 that hands controllers down must hold no process itself.
  mkdir -p /sys/fs/cgroup/init
  while read -r pid; do
    echo "$pid" > /sys/fs/cgroup/init/cgroup.procs || true
  done < /sys/fs/cgroup/cgroup.procs
  sed -e 's/ / +/g' -e 's/^/+/' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
fi
# Some engines leave the loopback interface of a container without network down.
exec "$@"
