set -e
echo started
g++ -O1 -o /tmp/main /app/main.cpp
/tmp/main
