// Package check tests what is in the folder deploy, and docker-compose.yml, with the libraries of those who will read it: compose-go, BuildKit's
// parser, kustomize, the Kubernetes types, KEDA's schemas, Prometheus's own packages. There is nothing in it to import.
//
// It is a module of its own, so that these libraries stay out of the product's dependencies. It needs no container engine, no cluster and no
// network: what is ours among the services is started as local processes, by exactly the commands and the environment that the compose
// file gives them.
package check
