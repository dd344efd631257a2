// The same answers by net/http and gorilla/websocket: a peer for the figures of bench/.
//
//	GET /bytes?n=N           N bytes of JSON
//	GET /api/health/live     what the daemon answers there, with its headers, from the file ANSWER
//	GET /ws                  WebSocket; "publish <text>" goes to all
//
// server ANSWER [PORT]; prints "listening <port>" when it is ready.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	usualBytes  = 1024
	mostBytes   = 1 << 20
	queueFrames = 256 // of a client; who has more waiting is closed
	readBytes   = 512
)

// Health is what the daemon answers at /api/health/live; its members are in this order.
type Health struct {
	Status    string `json:"status"`
	Timestamp string `json:"timestamp"`
	Version   string `json:"version"`
	Checks    struct {
		Database string `json:"database"`
	} `json:"checks"`
}

type answer struct {
	Headers [][2]string `json:"headers"`
	Body    Health      `json:"body"`
	header  http.Header // Headers, made once
}

func readAnswer(path string) (*answer, error) {
	a := answer{header: http.Header{}}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, err
	}
	for _, h := range a.Headers {
		a.header.Add(h[0], h[1])
	}
	return &a, nil
}

func (a *answer) serve(w http.ResponseWriter, r *http.Request) {
	health := a.Body
	health.Timestamp = time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	body, err := json.Marshal(health)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	w.Write(body)
}

var text = bytes.Repeat([]byte("x"), mostBytes)

func serveBytes(w http.ResponseWriter, r *http.Request) {
	n := usualBytes
	if asked := r.URL.Query().Get("n"); asked != "" {
		n, _ = strconv.Atoi(asked)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(text[:min(max(n, 0), mostBytes)])
}

// Each client has a writer of its own and a queue before it, as in gorilla's example of a chat; a frame is made once
// for all of them.
type client struct {
	conn  *websocket.Conn
	queue chan *websocket.PreparedMessage
}

type hub struct {
	lock    sync.Mutex
	clients map[*client]struct{}
}

func (h *hub) publish(text []byte) {
	frame, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
	if err != nil {
		return
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	for c := range h.clients {
		select {
		case c.queue <- frame:
		default:
			h.remove(c)
		}
	}
}

// The lock is held.
func (h *hub) remove(c *client) {
	if _, ok := h.clients[c]; ok {
		delete(h.clients, c)
		close(c.queue)
	}
}

func (c *client) write() {
	defer c.conn.Close()
	for frame := range c.queue {
		if c.conn.WritePreparedMessage(frame) != nil {
			return
		}
	}
}

func (c *client) read(h *hub) {
	prefix := []byte("publish ")
	for {
		kind, message, err := c.conn.ReadMessage()
		if err != nil {
			break
		}
		if kind == websocket.TextMessage && bytes.HasPrefix(message, prefix) {
			h.publish(message[len(prefix):])
		}
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	h.remove(c)
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{
		ReadBufferSize:  readBytes,
		WriteBufferPool: &writeBuffers,
		Subprotocols:    []string{"muster.v1"},
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &client{conn, make(chan *websocket.PreparedMessage, queueFrames)}
	h.lock.Lock()
	h.clients[c] = struct{}{}
	h.lock.Unlock()
	go c.write()
	go c.read(h) // the handler's goroutine, with what net/http keeps for a request, ends here
}

var writeBuffers sync.Pool

// onlyHost refuses requests for another host, as the daemon does.
func onlyHost(host string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Host, host) {
			http.Error(w, "", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func run() error {
	port := "0"
	if len(os.Args) > 2 {
		port = os.Args[2]
	}
	if len(os.Args) < 2 {
		return errors.New("usage: server ANSWER [PORT]")
	}
	a, err := readAnswer(os.Args[1])
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	h := hub{clients: map[*client]struct{}{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/bytes", serveBytes)
	mux.HandleFunc("/api/health/live", a.serve)
	mux.HandleFunc("/ws", h.serve)
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	return http.Serve(listener, onlyHost(listener.Addr().String(), mux))
}

func main() { log.Fatal(run()) }
