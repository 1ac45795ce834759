# SPDX-License-Identifier: Apache-2.0
"""Makes JSON Schemas for kubeconform of Kubernetes' swagger.json and of CRDs: schemas.py FOLDER FILE...

A key that a schema does not name is refused, as the server does under strict validation.
"""
import json
import sys
from pathlib import Path

import yaml

KINDS = {"ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "Pod",
         "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"}
QUANTITY, INT_OR_STRING = "io.k8s.apimachinery.pkg.api.resource.Quantity", "int-or-string"


def strict(schema):
    """What JSON Schema knows of it, closed where it names its properties."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == INT_OR_STRING or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    closed = {key: {name: strict(one) for name, one in value.items()} if key in ("properties", "definitions")
              else strict(value) for key, value in schema.items() if key not in ("description", "format")}
    if isinstance(schema.get("properties"), dict) and "x-kubernetes-preserve-unknown-fields" not in schema:
        closed.setdefault("additionalProperties", False)
    return closed


def of_swagger(path):
    definitions = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    closed = strict({"definitions": definitions})["definitions"]
    closed[QUANTITY] = {"type": ["number", "string"]}
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            if kind["kind"] in KINDS:
                yield kind["kind"], kind["group"], kind["version"], {"$ref": f"#/definitions/{name}",
                                                                     "definitions": closed}


def of_crd(path):
    crd = yaml.safe_load(path.read_text(encoding="utf-8"))["spec"]
    for version in crd["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"].pop("additionalProperties", None)
        yield crd["names"]["kind"], crd["group"], version["name"], schema


def main(folder, *sources):
    for source in map(Path, sources):
        for kind, group, version, schema in (of_swagger if source.suffix == ".json" else of_crd)(source):
            # {{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}} of kubeconform; the core group is its version.
            name = f"{kind.lower()}-{group or version}-{version}.json"
            Path(folder, name).write_text(json.dumps(schema), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
