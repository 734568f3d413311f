echo started
find / \( -path /proc -o -path /sys -o -path /dev \) -prune -o -type f -print0 | xargs -0 cat > /dev/null
echo ready
