#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds helm and kubeconform, kustomize where kubectl is none or too old, and fetches the schemas of what we
# deploy, all by the Go module proxy and into build/tools. Opt-in: tests/deploy takes what is there, and skips by
# name what is not.
#   sh tests/deploy/tools.sh && python3 -m pytest tests/deploy
set -eu
cd "$(dirname "$0")/../.."
PATH="$PATH:/usr/local/go/bin"
tools=$PWD/build/tools
schemas=$tools/schemas
mkdir -p "$schemas"

# build NAME PACKAGE@VERSION
build() {
  [ -x "$tools/$1" ] || GOBIN=$tools GOFLAGS= go install "$2"
}

# folder_of MODULE@VERSION: where its files lie, fetched if need be
folder_of() {
  go mod download -json "$1" | sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p'
}

build helm helm.sh/helm/v3/cmd/helm@v3.22.0
build kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
kubectl kustomize deploy/overlays/dev >/dev/null 2>&1 ||
  build kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.8.3

crds=$(folder_of github.com/prometheus-operator/prometheus-operator@v0.85.0)/example/prometheus-operator-crd
/usr/bin/python3 tests/deploy/schemas.py "$schemas" \
  "$(folder_of k8s.io/kubernetes@v1.32.4)/api/openapi-spec/swagger.json" \
  "$crds/monitoring.coreos.com_servicemonitors.yaml" \
  "$crds/monitoring.coreos.com_prometheusrules.yaml" \
  "$(folder_of sigs.k8s.io/gateway-api@v1.2.1)/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"
