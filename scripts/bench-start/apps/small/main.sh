set -e
echo started
perl -MPOSIX -MFile::Find -e 'print "ready: ", POSIX::floor(3.5), "\n"'
