// Measures a snapshotter on a unix socket, in the way in which containerd calls it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	api "github.com/containerd/containerd/api/services/snapshots/v1"
	"google.golang.org/grpc"
)

// Latencies of one kind of call, and how many there were in how long.
type result struct {
	Call      string  `json:"call"`
	Clients   int     `json:"clients"`
	Count     int     `json:"count"`
	P50Us     float64 `json:"p50Us"`
	P99Us     float64 `json:"p99Us"`
	PerSecond float64 `json:"perSecond"`
}

const name = "bench"

var (
	ctx    = context.Background()
	client api.SnapshotsClient
	prefix = fmt.Sprintf("bench/%d", time.Now().UnixNano())
	serial int64
)

// Usage: client ADDRESS PHASE CLIENTS COUNT. Prints results as lines of JSON.
func main() {
	address, phase := os.Args[1], os.Args[2]
	clients, count := number(os.Args[3]), number(os.Args[4])
	connection, err := grpc.DialContext(ctx, "unix:"+address, grpc.WithInsecure(), grpc.WithBlock(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16<<20)))
	check(err)
	client = api.NewSnapshotsClient(connection)
	run, known := phases[phase]
	if !known {
		log.Fatalf("there is no phase %q", phase)
	}
	run(clients, count)
}

var phases = map[string]func(clients, count int){
	"make":   make_,
	"stat":   stat,
	"mounts": mounts,
	"chain":  chain,
	"fill":   fill,
	"list":   list,
	"find":   find,
	"crowd":  crowd,
}

// A layer as it is unpacked: Prepare, Commit; then Remove.
func make_(clients, count int) {
	names := make([]string, count)
	prepare, commit, remove := newSample("Prepare", clients), newSample("Commit", clients), newSample("Remove", clients)
	started := time.Now()
	each(clients, count, func(i int) {
		key := unique("key")
		names[i] = unique("name")
		prepare.time(func() error { return prepareOne(key, "") })
		commit.time(func() error { return commitOne(names[i], key) })
	})
	tookMaking := time.Since(started)
	started = time.Now()
	each(clients, count, func(i int) { remove.time(func() error { return removeOne(names[i]) }) })
	tookRemoving := time.Since(started)
	prepare.print(tookMaking)
	commit.print(tookMaking)
	remove.print(tookRemoving)
}

func stat(clients, count int) {
	key := unique("key")
	check(prepareOne(key, ""))
	sample := newSample("Stat", clients)
	sample.printAround(func() {
		each(clients, count, func(int) {
			sample.time(func() error { _, err := client.Stat(ctx, &api.StatSnapshotRequest{Snapshotter: name, Key: key}); return err })
		})
	})
	check(removeOne(key))
}

// On top of 100 layers.
func mounts(clients, count int) {
	layers := makeChain(100, nil)
	key := unique("container")
	check(prepareOne(key, layers[len(layers)-1]))
	sample := newSample("Mounts at depth 100", clients)
	sample.printAround(func() {
		each(clients, count, func(int) {
			sample.time(func() error { _, err := client.Mounts(ctx, &api.MountsRequest{Snapshotter: name, Key: key}); return err })
		})
	})
	check(removeOne(key))
	removeChain(layers)
}

// Whether a layer costs more the more there are below.
func chain(_, count int) {
	low, high := newSample("layer 1 to 10 of a chain", 1), newSample("layer 91 to 100 of a chain", 1)
	for i := 0; i < count; i++ {
		removeChain(makeChain(100, func(depth int, make func() error) {
			switch {
			case depth < 10:
				low.time(make)
			case depth >= 90:
				high.time(make)
			default:
				check(make())
			}
		}))
	}
	low.print(low.total())
	high.print(high.total())
}

// Leaves that many snapshots behind.
func fill(clients, count int) {
	sample := newSample("Prepare, to stay", clients)
	sample.printAround(func() {
		each(clients, count, func(int) {
			key := unique("stays")
			sample.time(func() error { return prepareOne(key, "") })
		})
	})
}

func list(clients, count int) {
	sample := newSample("List of all", clients)
	sample.printAround(func() {
		each(clients, count, func(int) { sample.time(func() error { _, err := listAll(nil); return err }) })
	})
}

// As containerd does after each layer that was provided lazily.
func find(clients, count int) {
	key, target := unique("key"), unique("target")
	check(prepareOne(key, ""))
	_, err := client.Commit(ctx, &api.CommitSnapshotRequest{Snapshotter: name, Name: target, Key: key,
		Labels: map[string]string{"containerd.io/snapshot.ref": target}})
	check(err)
	filters := []string{fmt.Sprintf("labels.\"containerd.io/snapshot.ref\"==%s,parent==\"\"", target)}
	sample := newSample("List by target and parent", clients)
	sample.printAround(func() {
		each(clients, count, func(int) {
			sample.time(func() error {
				found, err := listAll(filters)
				if err == nil && found != 1 {
					err = fmt.Errorf("found %d", found)
				}
				return err
			})
		})
	})
	check(removeOne(target))
}

// Very many at once: each makes a snapshot, looks at it and removes it.
func crowd(clients, count int) {
	sample := newSample("Prepare, Stat, Remove", clients)
	sample.printAround(func() {
		each(clients, count, func(int) {
			key := unique("crowd")
			sample.time(func() error {
				if err := prepareOne(key, ""); err != nil {
					return err
				}
				if _, err := client.Stat(ctx, &api.StatSnapshotRequest{Snapshotter: name, Key: key}); err != nil {
					return err
				}
				return removeOne(key)
			})
		})
	})
}

// around is told how deep each layer is.
func makeChain(length int, around func(depth int, make func() error)) []string {
	layers, parent := []string{}, ""
	for depth := 0; depth < length; depth++ {
		key, layer := unique("key"), unique("layer")
		below := parent
		make := func() error {
			if err := prepareOne(key, below); err != nil {
				return err
			}
			return commitOne(layer, key)
		}
		if around == nil {
			check(make())
		} else {
			around(depth, make)
		}
		layers, parent = append(layers, layer), layer
	}
	return layers
}

func removeChain(layers []string) {
	for i := len(layers) - 1; i >= 0; i-- {
		check(removeOne(layers[i]))
	}
}

// About what CRI passes on.
func labels() map[string]string {
	digest := "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	return map[string]string{
		"containerd.io/snapshot/cri.image-ref":    "registry.example/library/image:latest",
		"containerd.io/snapshot/cri.layer-digest": digest,
		"containerd.io/snapshot/cri.image-layers": digest + "," + digest + "," + digest,
	}
}

func prepareOne(key, parent string) error {
	_, err := client.Prepare(ctx, &api.PrepareSnapshotRequest{Snapshotter: name, Key: key, Parent: parent, Labels: labels()})
	return err
}

func commitOne(committed, key string) error {
	_, err := client.Commit(ctx, &api.CommitSnapshotRequest{Snapshotter: name, Name: committed, Key: key, Labels: labels()})
	return err
}

func removeOne(key string) error {
	_, err := client.Remove(ctx, &api.RemoveSnapshotRequest{Snapshotter: name, Key: key})
	return err
}

func listAll(filters []string) (int, error) {
	stream, err := client.List(ctx, &api.ListSnapshotsRequest{Snapshotter: name, Filters: filters})
	if err != nil {
		return 0, err
	}
	count := 0
	for {
		answer, err := stream.Recv()
		if err != nil {
			if err.Error() == "EOF" {
				return count, nil
			}
			return 0, err
		}
		count += len(answer.Info)
	}
}

// Runs work count times, by that many clients.
func each(clients, count int, work func(i int)) {
	var next int64 = -1
	var group sync.WaitGroup
	for c := 0; c < clients; c++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := int(atomic.AddInt64(&next, 1)); i < count; i = int(atomic.AddInt64(&next, 1)) {
				work(i)
			}
		}()
	}
	group.Wait()
}

func unique(what string) string {
	return fmt.Sprintf("%s/%s-%d", prefix, what, atomic.AddInt64(&serial, 1))
}

type sample struct {
	call    string
	clients int
	mutex   sync.Mutex
	took    []time.Duration
}

func newSample(call string, clients int) *sample { return &sample{call: call, clients: clients} }

func (s *sample) time(call func() error) {
	started := time.Now()
	err := call()
	took := time.Since(started)
	check(err)
	s.mutex.Lock()
	s.took = append(s.took, took)
	s.mutex.Unlock()
}

func (s *sample) total() (sum time.Duration) {
	for _, took := range s.took {
		sum += took
	}
	return sum
}

func (s *sample) printAround(work func()) {
	started := time.Now()
	work()
	s.print(time.Since(started))
}

func (s *sample) print(wall time.Duration) {
	sort.Slice(s.took, func(i, j int) bool { return s.took[i] < s.took[j] })
	at := func(part float64) float64 { return float64(s.took[int(part*float64(len(s.took)-1))].Nanoseconds()) / 1e3 }
	line, err := json.Marshal(result{Call: s.call, Clients: s.clients, Count: len(s.took), P50Us: at(0.5), P99Us: at(0.99),
		PerSecond: float64(len(s.took)) / wall.Seconds()})
	check(err)
	fmt.Println(string(line))
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
