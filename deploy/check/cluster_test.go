package check

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// server is one of the three of Kubernetes' NATS cluster.
type server struct {
	name, client, monitor string // its pod's name, and its ports
	*process
}

// cluster starts three servers with the configuration of deploy/kubernetes. As each pod has its own address, and processes share one,
// the ports differ, and pods' names become addresses; the rest is as it stands there.
func (s *site) cluster() []server {
	s.t.Helper()
	const pods = 3
	var client, route, monitor, named []string
	for i := range pods {
		client, route, monitor = append(client, freePort(s.t)), append(route, freePort(s.t)), append(monitor, freePort(s.t))
		named = append(named, fmt.Sprintf("nats-%d.nats-headless:6222", i), "127.0.0.1:"+route[i])
	}
	var servers []server
	for i := range pods {
		changes := append(slices.Clone(named), "port: 4222", "port: "+client[i], "port: 6222", "host: 127.0.0.1, port: "+route[i],
			"0.0.0.0:8222", "127.0.0.1:"+monitor[i], `"/data"`, strconv.Quote(filepath.Join(s.dir, "data", strconv.Itoa(i))))
		name := fmt.Sprintf("nats-%d", i)
		config := write(s.t, s.dir, name+".conf", strings.NewReplacer(changes...).Replace(read(s.t, "deploy", "kubernetes", "base", "nats.conf")))
		pod := container(name, []string{"POD_NAME=" + name, "MCIS_NATS_USER=mcis", "MCIS_NATS_PASSWORD=Aa1secret"}, "nats-server", "-c", config)
		servers = append(servers, server{name, client[i], monitor[i], s.launch(pod, freePort(s.t))})
	}
	for _, server := range servers { // as the startup probe does, before which no pod is ready
		s.await(server.name+" to have started", func() error {
			return s.run([]string{"wget", "-q", "-O", "/dev/null", "http://127.0.0.1:" + server.monitor + "/healthz"}, nil)
		}, server.process)
	}
	return servers
}

// container is one with a command and an environment.
func container(name string, variables []string, command ...string) (service types.ServiceConfig) {
	service.Name, service.Command, service.Environment = name, command, types.NewMappingWithEquals(variables)
	return service
}

// The cluster of deploy/kubernetes holds every stream three times, shows KEDA both consumers, and does without any one server.
func TestKubernetesClusterOfNATS(t *testing.T) {
	s := emptySite(t)
	servers := s.cluster()
	var addresses []string
	for _, server := range servers {
		addresses = append(addresses, "nats://127.0.0.1:"+server.client)
	}
	variables := []string{
		"NATS_URL=" + strings.Join(addresses, ","), "NATS_USER=mcis", "NATS_PASSWORD=Aa1secret", "NATS_REPLICAS=3", "STREAM_GIB=8",
		"AUTH_URL=http://127.0.0.1:1/login", "DATA_API_URL=http://127.0.0.1:1/booking", "SUBJECT=nobody", "SECRET=nothing",
	}
	enricher := s.launch(container("enricher", variables, "enricher"), freePort(t))
	s.await("KEDA's figures of both lanes", func() error { return s.measured(servers) }, enricher)
	if err := servers[0].command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.await("the two that are left to elect leaders", func() error { return s.run([]string{"mcis", "status", "--json"}, variables) }, enricher)
	s.stop(enricher)
}

// measured asks as KEDA's scaler does: one server about the account's streams, for a consumer and the name of its leader, which must be that of
// a pod.
func (s *site) measured(servers []server) error {
	asked := "http://127.0.0.1:" + servers[0].monitor + "/jsz?acc=$G&consumers=true&config=true"
	response, err := http.Get(asked)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		AccountDetails []struct {
			Name         string
			StreamDetail []struct {
				Name   string
				Config struct {
					Replicas int `json:"num_replicas"`
				}
				ConsumerDetail []struct {
					Name    string
					Cluster struct{ Leader string }
				} `json:"consumer_detail"`
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	var led []string
	for _, account := range answer.AccountDetails {
		for _, stream := range account.StreamDetail {
			if stream.Config.Replicas != len(servers) {
				return fmt.Errorf("%s is held by %d servers", stream.Name, stream.Config.Replicas)
			}
			for _, consumer := range stream.ConsumerDetail {
				if stream.Name == "BOOKINGS" && slices.ContainsFunc(servers, func(server server) bool { return server.name == consumer.Cluster.Leader }) {
					led = append(led, account.Name+" "+consumer.Name)
				}
			}
		}
	}
	slices.Sort(led)
	if want := []string{"$G enricher", "$G enricher-sync"}; !slices.Equal(led, want) {
		return fmt.Errorf("there are %v, expected %v", led, want)
	}
	return nil
}
