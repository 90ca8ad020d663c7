{{/*
The template of a service's pods: metadata and spec. Passes the pod security level `restricted`.
`job`: it is to end by itself. `command`: instead of the service's own. `secret`: name of the Secret, where it is not the service's.
`sums`: a dict that keeps what was worked out for other services of the same secrets.
(dict "root" "service" "job" "command" "secret" "sums")
*/}}
{{- define "web.pod" -}}
{{- $root := .root -}}
{{- $service := .service -}}
{{- $secrets := include "web.secretsOf" . -}}
{{- $secret := .secret | default $service.full -}}
{{- /* What runs later reads its Secret then; a Job of a release runs again when that has changed. */}}
{{- $summed := and $secrets (or (not .job) (eq $service.kind "Job")) -}}
{{- $files := and $secrets (eq ($service.secretsAs | default "env") "files") -}}
metadata:
  labels:
    {{- if .job }}
    {{- /* Not the service's: its Service must not lead here. */}}
    app.kubernetes.io/instance: {{ $root.Release.Name }}
    app.kubernetes.io/part-of: {{ $service.name }}
    {{- else }}
    {{- include "web.selector" . | nindent 4 }}
    {{- end }}
    app.kubernetes.io/name: {{ $root.Values.app | default $root.Release.Name | trunc 63 }}
    {{- if and $root.Values.version $service.versioned }}
    app.kubernetes.io/version: {{ include "web.versionLabel" $root.Values.version | quote }}
    {{- end }}
    {{- with $service.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if or $summed $service.config $service.podAnnotations }}
  annotations:
    {{- if $summed }}
    {{- /* Annotations are read by more people than Secrets are: scrypt makes it dear to guess a short secret by it. */}}
    {{- $sums := .sums | default dict }}
    {{- if not (hasKey $sums $secrets) }}{{ $_ := set $sums $secrets (derivePassword 1 "long" $secrets $root.Release.Name "secrets" | sha256sum) }}{{ end }}
    checksum/secrets: {{ get $sums $secrets }}
    {{- end }}
    {{- if $service.config }}
    checksum/config: {{ $service.config | sha256sum }}
    {{- end }}
    {{- with $service.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    {{- if hasKey $service "user" }}
    runAsUser: {{ int64 $service.user }}
    runAsGroup: {{ int64 $service.user }}
    {{- end }}
    {{- if $files }}
    {{- /* Files of a Secret are root's; its group may read them. */}}
    fsGroup: {{ int64 ($service.user | default 65532) }}
    {{- end }}
    seccompProfile: { type: RuntimeDefault }
  terminationGracePeriodSeconds: {{ int (ternary $service.stopTimeout $service.grace (default false .job)) }}
  {{- if .job }}
  restartPolicy: Never
  {{- else if eq $service.kind "Deployment" }}
  topologySpreadConstraints:
    {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "web.selector" $ | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
  {{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
  {{- with get $service $key }}
  {{ $key }}: {{ toJson . }}
  {{- end }}
  {{- end }}
  containers:
    - name: {{ $service.name }}
      image: {{ $service.image }}
      {{- /* By digest: what is there is what is meant. */}}
      imagePullPolicy: IfNotPresent
      {{- with .command | default $service.command }}
      command: {{ toJson . }}
      {{- end }}
      {{- if and $service.args (not .command) }}
      args: {{ toJson $service.args }}
      {{- end }}
      env:
        - { name: SLIPWAY_APP, value: {{ $root.Values.app | default $root.Release.Name | quote }} }
        - { name: SLIPWAY_SERVICE, value: {{ $service.name | quote }} }
        {{- if $service.versioned }}
        {{- with $root.Values.version }}
        - { name: SLIPWAY_VERSION, value: {{ quote . }} }
        {{- end }}
        {{- with $root.Values.commit }}
        - { name: SLIPWAY_COMMIT, value: {{ quote . }} }
        {{- end }}
        {{- end }}
        {{- if and $service.web (not .job) }}
        - { name: PORT, value: {{ int $service.port | quote }} }
        {{- end }}
        {{- if $files }}
        - { name: CREDENTIALS_DIRECTORY, value: /run/slipway/secrets }
        {{- range $service.secrets }}
        - { name: {{ . }}_FILE, value: /run/slipway/secrets/{{ . }} }
        {{- end }}
        {{- end }}
        {{- range $name, $value := $service.env }}
        {{- /* Kubernetes reads `$(NAME)` and `$$` in values. */}}
        - { name: {{ $name }}, value: {{ $value | toString | replace "$" "$$" | toJson }} }
        {{- end }}
      {{- if and $secrets (not $files) }}
      envFrom:
        - secretRef: { name: {{ $secret }} }
      {{- end }}
      {{- if and $service.web (not .job) }}
      ports:
        - { name: http, containerPort: {{ int $service.port }} }
        {{- if $service.config }}
        - { name: health, containerPort: 8081 }
        {{- end }}
      {{- end }}
      {{- if not .job }}
      {{- with include "web.probes" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- if and $service.web (gt (int $service.drain) 0) }}
      lifecycle:
        preStop:
          {{- if semverCompare ">=1.30.0-0" $root.Capabilities.KubeVersion.Version }}
          sleep: { seconds: {{ int $service.drain }} }
          {{- else }}
          exec: { command: [sleep, {{ int $service.drain | quote }}] }
          {{- end }}
      {{- end }}
      {{- end }}
      {{- with $service.resources }}
      resources: {{ toJson . }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: {{ $service.readOnly }}
        capabilities: { drop: [ALL] }
      volumeMounts:
        {{- range $index, $path := prepend $service.scratch "/tmp" | uniq }}
        - { name: scratch-{{ $index }}, mountPath: {{ $path }} }
        {{- end }}
        {{- if $files }}
        - { name: secrets, mountPath: /run/slipway/secrets, readOnly: true }
        {{- end }}
        {{- if $service.config }}
        - { name: config, mountPath: /etc/slipway, readOnly: true }
        {{- end }}
  volumes:
    {{- range $index, $path := prepend $service.scratch "/tmp" | uniq }}
    - { name: scratch-{{ $index }}, emptyDir: {} }
    {{- end }}
    {{- if $files }}
    - name: secrets
      secret: { secretName: {{ $secret }}, defaultMode: 0440 }
    {{- end }}
    {{- if $service.config }}
    - name: config
      configMap: { name: {{ $service.full }} }
    {{- end }}
{{- end }}

{{/* Has it started (then the others begin); may it be asked; is it to be started anew. (dict "root" "service") */}}
{{- define "web.probes" -}}
{{- $service := .service -}}
{{- $ready := include "web.probe" (dict "how" $service.health "service" $service) -}}
{{- $liveness := $service.liveness | default dict -}}
{{- $asked := or $liveness.path $liveness.command -}}
{{- if $ready }}
startupProbe:
  {{- $ready | nindent 2 }}
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: {{ max 1 (int $service.startupTimeout) }}
readinessProbe:
  {{- $ready | nindent 2 }}
  periodSeconds: {{ ternary 2 10 $service.web }}
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}
{{- if and (or $service.web $asked) (or (not (hasKey $liveness "enabled")) $liveness.enabled) }}
{{- /* Not what readiness asks: a database that is away is no reason to start the app anew, and all its pods at once. */}}
livenessProbe:
  {{- include "web.probe" (dict "how" (ternary $liveness dict (not (not $asked))) "service" $service) | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}
{{- end }}

{{/* Nothing for a worker that says nothing of its health. (dict "how" "service") */}}
{{- define "web.probe" -}}
{{- $how := .how | default dict -}}
{{- if $how.path -}}
httpGet: { path: {{ $how.path | toJson }}, port: {{ $how.port | default "http" }} }
{{- else if $how.command -}}
exec: { command: {{ toJson $how.command }} }
{{- else if .service.web -}}
tcpSocket: { port: http }
{{- end }}
{{- end }}
