// Serves the snapshots API of the stargz snapshotter on a unix socket, as its own program containerd-stargz-grpc does,
// of which Debian has the sources only: what packages/fuse and whole starts are compared with.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"

	snapshotsapi "github.com/containerd/containerd/api/services/snapshots/v1"
	"github.com/containerd/containerd/contrib/snapshotservice"
	"github.com/containerd/containerd/reference"
	"github.com/containerd/containerd/remotes/docker"
	"github.com/containerd/stargz-snapshotter/fs"
	"github.com/containerd/stargz-snapshotter/fs/config"
	"github.com/containerd/stargz-snapshotter/fs/source"
	"github.com/containerd/stargz-snapshotter/snapshot"
	"google.golang.org/grpc"
)

// Usage: stargz ROOT ADDRESS [HOST]. Registries on this machine speak HTTP. With HOST, it works as its own program does
// without a configuration file, and the registry HOST speaks HTTP, too; without, it does nothing that it is not asked for.
func main() {
	root, address := os.Args[1], os.Args[2]
	plainHTTP := docker.MatchLocalhost
	// Nothing but reads shall use the processor.
	settings := config.Config{NoPrefetch: true, NoBackgroundFetch: true}
	if len(os.Args) > 3 {
		settings = config.Config{}
		plainHTTP = func(host string) (bool, error) { return host == os.Args[3], nil }
	}
	// With a transport of its own: the default one is nil, and called.
	client := docker.WithClient(&http.Client{Transport: http.DefaultTransport})
	configured := docker.ConfigureDefaultRegistries(client, docker.WithPlainHTTP(plainHTTP))
	hosts := func(ref reference.Spec) ([]docker.RegistryHost, error) { return configured(ref.Hostname()) }
	sources := fs.WithGetSources(source.FromDefaultLabels(hosts))
	lazy, err := fs.NewFilesystem(filepath.Join(root, "stargz"), settings, sources)
	if err != nil {
		log.Fatal(err)
	}
	snapshots := filepath.Join(root, "snapshotter")
	snapshotter, err := snapshot.NewSnapshotter(context.Background(), snapshots, lazy)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	snapshotsapi.RegisterSnapshotsServer(server, snapshotservice.FromSnapshotter(snapshotter))
	listener, err := net.Listen("unix", address)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.Serve(listener))
}
