# Unpacks the containerd packages of other Debian releases: "2=sid" puts sid's below /opt/containerd/2. They come
# from the mirror that the base image uses, through lists of their own; nothing of them is installed.
set -eu
work=$(mktemp -d)
for pair in "$@"; do
  to=/opt/containerd/${pair%%=*}
  suite=${pair#*=}
  mkdir -p "$to" "$work/$suite/lists/partial" "$work/$suite/archives/partial"
  # One-line and deb822 sources alike, without the suites that only a stable release has.
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    [ -f "$file" ] || continue
    sed -e '/bookworm-security/d' -e 's/bookworm-updates//' -e "s/bookworm/$suite/" "$file" \
      > "$work/$suite/$(basename "$file")"
  done
  sources="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$work/$suite/"
  [ ! -s "$work/$suite/sources.list" ] ||
    sources="-o Dir::Etc::sourcelist=$work/$suite/sources.list -o Dir::Etc::sourceparts=/dev/null"
  # A mirror may lag behind; what it has is signed all the same.
  options="$sources -o Dir::State::lists=$work/$suite/lists -o Dir::Cache=$work/$suite -o APT::Sandbox::User=root
    -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none"
  # shellcheck disable=SC2086 # options are words
  apt-get $options update
  # shellcheck disable=SC2086
  (cd "$work/$suite" && apt-get $options download containerd)
  dpkg -x "$work/$suite"/containerd_*.deb "$to"
  "$to/usr/bin/containerd" --version
done
rm -rf "$work"
