{{- define "tickgate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "tickgate.fullname" -}}
{{- $name := include "tickgate.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $full .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "tickgate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tickgate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tickgate.ingestSelectorLabels" -}}
app.kubernetes.io/name: {{ include "tickgate.name" . }}-ingest
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tickgate.labels" -}}
{{ include "tickgate.selectorLabels" . }}
{{ include "tickgate.releaseLabels" . }}
{{- end -}}

{{- define "tickgate.releaseLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "tickgate.image" -}}
{{- with .Values.image -}}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "tickgate.serviceAccount" -}}
{{- default (ternary (include "tickgate.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{/* tickgate.yaml: a dict of `root`, `config` as the values have it, `tls`, a Secret, and `ledger`, a claim; with their
files. */}}
{{- define "tickgate.config" -}}
{{- $config := deepCopy .config -}}
{{- if .tls -}}
{{- $files := dict "certificate" "/etc/tickgate-tls/tls.crt" "key" "/etc/tickgate-tls/tls.key" -}}
{{- $config = mergeOverwrite $config (dict "server" (dict "tls" $files)) -}}
{{- end -}}
{{- if .root.Values.adminToken.secretName -}}
{{- $config = mergeOverwrite $config (dict "server" (dict "admin_token_file" "/etc/tickgate-admin/token")) -}}
{{- end -}}
{{- if .ledger -}}
{{- $config = mergeOverwrite $config (dict "ledger" (dict "directory" "/var/lib/tickgate/ledger")) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The port of an address, "0.0.0.0:8080". */}}
{{- define "tickgate.port" -}}
{{- regexFind "[0-9]+$" . -}}
{{- end -}}

{{/* A duration of tickgate.yaml in whole seconds, rounded up. */}}
{{- define "tickgate.seconds" -}}
{{- $number := regexFind "^[0-9]+" . | int -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- if eq $unit "ms" -}}
{{- div (add $number 999) 1000 -}}
{{- else -}}
{{- mul $number (get (dict "s" 1 "m" 60 "h" 3600) $unit) -}}
{{- end -}}
{{- end -}}

{{/* preStop, the drain, and 10 s to spare: a dict of `server` and `preStop`. */}}
{{- define "tickgate.grace" -}}
{{- $delay := include "tickgate.seconds" (default "0s" .server.drain_delay) | int -}}
{{- $time := include "tickgate.seconds" (default "10s" .server.drain_time) | int -}}
{{- add (int .preStop) $delay $time 10 -}}
{{- end -}}

{{/* What is the same of every pod of the chart. */}}
{{- define "tickgate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tickgate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}
