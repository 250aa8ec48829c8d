module temporal-etcd-backup/tools/openshift

go 1.26.4

// Holds the OpenShift CRDs as YAML: config/v1 and operator/v1, zz_generated.crd-manifests. Nothing here imports
// it, so `go mod tidy` would drop it: do not run it in this folder.
require github.com/openshift/api v0.0.0-20250710004639-926605d3338b
