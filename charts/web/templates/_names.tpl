{{/* A name of at most `most` characters: longer ones end in a hash of the whole, so that they stay apart. (dict "name" "most") */}}
{{- define "web.name" -}}
{{- if le (len .name) (int .most) }}{{ .name }}{{ else }}{{ printf "%s-%s" (.name | trunc (int (sub .most 9)) | trimSuffix "-") (.name | sha256sum | trunc 8) }}{{ end }}
{{- end }}

{{/* What a workload and its pods are found by; never changes. (dict "root" "service") */}}
{{- define "web.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service.name }}
{{- end }}

{{/* (dict "root" "component") */}}
{{- define "web.labels" -}}
app.kubernetes.io/name: {{ .root.Values.app | default .root.Release.Name | trunc 63 }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* A version as a label may have it. */}}
{{- define "web.versionLabel" -}}
{{- regexReplaceAll "[^A-Za-z0-9]+$" (regexReplaceAll "[^A-Za-z0-9._-]" . "-" | trunc 63) "" -}}
{{- end }}

{{/* How requests come in: httproute, ingress, proxy or none. */}}
{{- define "web.routing" -}}
{{- $routing := .Values.routing -}}
{{- if ne $routing.kind "auto" }}{{ $routing.kind }}
{{- else if and $routing.gateways (.Capabilities.APIVersions.Has "gateway.networking.k8s.io/v1/HTTPRoute") }}httproute
{{- else if $routing.hosts }}ingress
{{- else if .Values.proxy.image }}proxy
{{- else }}none
{{- end }}
{{- end }}

{{- define "web.tlsSecret" -}}
{{ .Values.routing.tls.secretName | default (include "web.name" (dict "name" (printf "%s-tls" .Release.Name) "most" 63)) }}
{{- end }}
