// Command web is a small web service: it answers each request with its version as JSON, echoes what is posted, is asked for its health
// at /healthz, and at SIGTERM finishes what it has begun. VERSION and PORT come from the environment, and so does VARIANT, which says
// what is wrong with it: see variants.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"strings"
	"syscall"
	"time"
)

// Each runs before anything is served, and returns why the service is not healthy, if it is not.
var variants = map[string]func() error{
	"good":  func() error { return nil },
	"crash": crash,
	"sick":  func() error { return errors.New("waits for the search index") },
	"slow":  warmUp,
	"oom":   fill,
	"late":  endLater,
}

func main() {
	health, known := variants[value("VARIANT", "good")]
	if !known {
		names := make([]string, 0, len(variants))
		for name := range variants {
			names = append(names, name)
		}
		sort.Strings(names)
		fail(2, "there is no variant %q, but %s", os.Getenv("VARIANT"), strings.Join(names, ", "))
	}
	serve(health())
}

func serve(sick error) {
	version := value("VERSION", "unknown")
	pod, _ := os.Hostname()
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(response http.ResponseWriter, _ *http.Request) {
		if sick != nil {
			http.Error(response, sick.Error(), http.StatusServiceUnavailable)
			return
		}
		answer(response, map[string]any{"healthy": true, "version": version})
	})
	mux.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		said := map[string]any{"version": version, "pod": pod, "path": request.URL.Path}
		if request.Method == http.MethodPost {
			body, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
			if err != nil || !json.Valid(body) {
				http.Error(response, "not JSON", http.StatusBadRequest)
				return
			}
			said["echo"] = json.RawMessage(body)
		}
		answer(response, said)
	})
	server := &http.Server{Addr: ":" + value("PORT", "8080"), Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan struct{})
	go func() {
		told, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		defer cancel()
		<-told.Done()
		fmt.Println("finishes what it has begun")
		_ = server.Shutdown(context.Background())
		close(ended)
	}()
	fmt.Printf("version %s listens at %s\n", version, server.Addr)
	if sick != nil {
		fmt.Fprintln(os.Stderr, sick)
	}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		fail(1, "%v", err)
	}
	<-ended
}

func crash() error {
	fail(3, "the setting PAYMENTS_URL is missing")
	return nil
}

// Healthy, but nobody listens before WARM_UP is over.
func warmUp() error {
	took, err := time.ParseDuration(value("WARM_UP", "90s"))
	if err != nil {
		fail(2, "WARM_UP: %v", err)
	}
	fmt.Println("warms up for", took)
	time.Sleep(took)
	return nil
}

// It ends by itself where no limit does it: a machine's memory is not to be filled.
func fill() error {
	const step, most = 8 << 20, 512 << 20
	// Who is ended at once is seen as killed, but not as out of memory: nobody watches that yet.
	time.Sleep(time.Second)
	var held [][]byte
	for filled := 0; filled < most; filled += step {
		block := make([]byte, step)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		held = append(held, block)
	}
	fail(4, "%d blocks of memory were to be had: the container has no limit", len(held))
	return nil
}

// Healthy at first, then gone.
func endLater() error {
	go func() {
		time.Sleep(5 * time.Second)
		fail(5, "the connection to the queue is lost")
	}()
	return nil
}

func answer(response http.ResponseWriter, said any) {
	response.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(response).Encode(said)
}

func value(name, otherwise string) string {
	if given := os.Getenv(name); given != "" {
		return given
	}
	return otherwise
}

func fail(code int, format string, values ...any) {
	fmt.Fprintf(os.Stderr, "fatal: "+format+"\n", values...)
	os.Exit(code)
}
