// The same service on Go's net/http, for comparison: nethttp PORT
package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
)

type event struct {
	ID        string         `json:"id"`
	Type      string         `json:"type"`
	Timestamp float64        `json:"timestamp"`
	Params    map[string]any `json:"params"`
}

type envelope struct {
	Header map[string]string `json:"header"`
	Events []event           `json:"events"`
}

func main() {
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "ok")
	})
	http.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		var body envelope
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Header["session_id"] == "" {
			http.Error(w, "expected an envelope", http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
