{{/*
A Deployment, of gateways or of ingests: a dict of `root`; `name` and `labels` (the text of those that select);
`server` and `config` (the part that says the ports, and the whole as a text); `scaled` (by somebody else), `replicas`
and `resources`; `inPlace`, whether a changed configuration is read in place; `tls` and `nats`, Secrets, and `ledger`, a
claim, or nothing.
*/}}
{{- define "tickgate.deployment" -}}
{{- $values := .root.Values -}}
{{- $annotations := dict -}}
{{- if not (or $values.serviceMonitor.enabled $values.adminToken.secretName) -}}
{{- $port := include "tickgate.port" .server.admin_listen -}}
{{- $annotations = dict "prometheus.io/scrape" "true" "prometheus.io/port" $port "prometheus.io/path" "/metrics" -}}
{{- end -}}
{{- if not .inPlace -}}
{{- $_ := set $annotations "checksum/config" (.config | sha256sum) -}}
{{- end -}}
{{- $annotations = merge (deepCopy $values.podAnnotations) $annotations -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  labels:
    {{- .labels | nindent 4 }}
    {{- include "tickgate.releaseLabels" .root | nindent 4 }}
spec:
  {{- if not .scaled }}
  replicas: {{ .replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- .labels | nindent 6 }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  template:
    metadata:
      labels:
        {{- .labels | nindent 8 }}
        {{- with $values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $annotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- if or $values.serviceAccount.create $values.serviceAccount.name }}
      serviceAccountName: {{ include "tickgate.serviceAccount" .root }}
      {{- end }}
      {{- with $values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      terminationGracePeriodSeconds: {{ include "tickgate.grace" (dict "server" .server "preStop" $values.preStopSeconds) }}
      securityContext:
        {{- include "tickgate.podSecurity" . | nindent 8 }}
        {{- if .ledger }}
        # So that the gateway may write to the claim.
        fsGroup: 65532
        fsGroupChangePolicy: OnRootMismatch
        {{- end }}
      topologySpreadConstraints:
        {{- if $values.topologySpreadConstraints }}
        {{- toYaml $values.topologySpreadConstraints | nindent 8 }}
        {{- else }}
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- $.labels | nindent 14 }}
          matchLabelKeys:
            - pod-template-hash
        {{- end }}
        {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: tickgate
          image: {{ include "tickgate.image" .root }}
          {{- with $values.image.pullPolicy }}
          imagePullPolicy: {{ . }}
          {{- end }}
          args:
            - serve
            - --config
            - /etc/tickgate/tickgate.yaml
          {{- if or $values.env .ledger }}
          env:
            {{- if .ledger }}
            # Whose directory of the ledger is which.
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
            {{- end }}
            {{- with $values.env }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- end }}
          {{- with $values.envFrom }}
          envFrom:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            - name: ws
              containerPort: {{ include "tickgate.port" .server.listen }}
            - name: admin
              containerPort: {{ include "tickgate.port" .server.admin_listen }}
          startupProbe:
            httpGet:
              path: /livez
              port: admin
            periodSeconds: 1
            failureThreshold: 60
          readinessProbe:
            httpGet:
              path: /readyz
              port: admin
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          livenessProbe:
            httpGet:
              path: /livez
              port: admin
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 3
          lifecycle:
            preStop:
              sleep:
                seconds: {{ $values.preStopSeconds }}
          resources:
            {{- toYaml .resources | nindent 12 }}
          securityContext:
            {{- include "tickgate.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - name: config
              {{- if not .inPlace }}
              # As one file it stays what it was for pods that are to be replaced.
              mountPath: /etc/tickgate/tickgate.yaml
              subPath: tickgate.yaml
              {{- else }}
              mountPath: /etc/tickgate
              {{- end }}
              readOnly: true
            {{- if .tls }}
            - name: tls
              mountPath: /etc/tickgate-tls
              readOnly: true
            {{- end }}
            {{- if $values.adminToken.secretName }}
            - name: admin-token
              mountPath: /etc/tickgate-admin
              readOnly: true
            {{- end }}
            {{- if .nats }}
            - name: nats
              mountPath: /etc/tickgate-nats
              readOnly: true
            {{- end }}
            {{- if .ledger }}
            - name: ledger
              mountPath: /var/lib/tickgate/ledger
              subPathExpr: $(POD_NAME)
            {{- end }}
            {{- with $values.extraVolumeMounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
      volumes:
        - name: config
          configMap:
            name: {{ .name }}
        {{- with .tls }}
        - name: tls
          secret:
            secretName: {{ . }}
        {{- end }}
        {{- with $values.adminToken.secretName }}
        - name: admin-token
          secret:
            secretName: {{ . }}
            items:
              - key: token
                path: token
        {{- end }}
        {{- with .nats }}
        - name: nats
          secret:
            secretName: {{ . }}
        {{- end }}
        {{- with .ledger }}
        - name: ledger
          persistentVolumeClaim:
            claimName: {{ . }}
        {{- end }}
        {{- with $values.extraVolumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- end -}}
