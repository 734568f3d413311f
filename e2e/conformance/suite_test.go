// Package conformance runs containerd's own test suite for snapshotters on a proxy snapshotter, in the way in which
// containerd reaches it: through the gRPC API on a unix socket.
package conformance

import (
	"context"
	"os"
	"testing"

	snapshotsapi "github.com/containerd/containerd/api/services/snapshots/v1"
	"github.com/containerd/containerd/snapshots"
	"github.com/containerd/containerd/snapshots/proxy"
	"github.com/containerd/containerd/snapshots/testsuite"
	"google.golang.org/grpc"
)

// suiteName tells the suite what to expect of the kernel: a directory of a lower layer cannot be renamed on overlayfs
// (EXDEV), and the suites of containerd 1.7 and later leave that out for this name only.
const suiteName = "overlayfs"

// TestSnapshotter needs the path of the socket in SLUICE_ADDRESS. All tests of the suite share that snapshotter.
func TestSnapshotter(t *testing.T) {
	address := os.Getenv("SLUICE_ADDRESS")
	if address == "" {
		t.Fatal("set SLUICE_ADDRESS to the path of the socket of the snapshotter that is to be tested")
	}
	testsuite.SnapshotterSuite(t, suiteName, func(ctx context.Context, _ string) (snapshots.Snapshotter, func() error, error) {
		connection, err := grpc.DialContext(ctx, "unix:"+address, grpc.WithInsecure(), grpc.WithBlock())
		if err != nil {
			return nil, nil, err
		}
		return proxy.NewSnapshotter(snapshotsapi.NewSnapshotsClient(connection), "sluice"), connection.Close, nil
	})
}
