{{/*
Fills `into` with all services by name, each with the defaults and with what follows from its keys:
  full      name of its objects        web       is it asked over the network?
  kind      Deployment | StatefulSet | CronJob | Job         grace     seconds
(dict "root" "into")
*/}}
{{- define "web.resolve" -}}
{{- $root := .root -}}
{{- $into := .into -}}
{{- range $name, $own := $root.Values.services -}}
  {{- $service := deepCopy $root.Values.defaults -}}
  {{- $env := deepCopy ($root.Values.defaults.env | default dict) -}}
  {{- range $key, $value := $own }}{{ $_ := set $service $key $value }}{{ end -}}
  {{- range $key, $value := $own.env }}{{ $_ := set $env $key $value }}{{ end -}}
  {{- $_ := set $service "env" $env -}}
  {{- $_ := set $service "name" $name -}}
  {{- $_ := set $service "full" (include "web.name" (dict "name" (printf "%s-%s" $root.Release.Name $name) "most" 52)) -}}
  {{- $_ := set $service "web" (or (hasKey $own "route") (hasKey $own "port")) -}}
  {{- if $service.web }}{{ $_ := set $service "port" ($own.port | default 8080) }}{{ end -}}
  {{- $kind := "Deployment" -}}
  {{- if $service.schedule }}{{ $kind = "CronJob" }}{{ else if $service.once }}{{ $kind = "Job" }}
  {{- else if and (hasKey $service "overlap") (not $service.overlap) }}{{ $kind = "StatefulSet" }}{{ end -}}
  {{- $_ := set $service "kind" $kind -}}
  {{- if not (hasKey $service "replicas") }}{{ $_ := set $service "replicas" (ternary 2 1 $service.web) }}{{ end -}}
  {{- $_ := set $service "grace" (add (ternary $service.drain 0 $service.web) $service.stopTimeout 5) -}}
  {{- $_ := set $service "versioned" true -}}
  {{- $_ := set $into $name $service -}}
{{- end -}}
{{- end }}

{{/* The nginx as a service like the others. (dict "root" "into") */}}
{{- define "web.resolveProxy" -}}
{{- $proxy := deepCopy .root.Values.proxy -}}
{{- $services := dict -}}
{{- include "web.resolve" (dict "root" .root "into" $services) -}}
{{- $longest := 0 -}}
{{- range $services }}{{ if hasKey . "route" }}{{ $longest = max $longest .stopTimeout }}{{ end }}{{ end -}}
{{- $_ := set $proxy "name" "proxy" -}}
{{- $_ := set $proxy "full" (include "web.name" (dict "name" (printf "%s-proxy" .root.Release.Name) "most" 52)) -}}
{{- $_ := set $proxy "web" true -}}
{{- $_ := set $proxy "kind" "Deployment" -}}
{{- $_ := set $proxy "port" 8080 -}}
{{- $_ := set $proxy "env" dict -}}
{{- $_ := set $proxy "scratch" list -}}
{{- $_ := set $proxy "readOnly" true -}}
{{- $_ := set $proxy "startupTimeout" 30 -}}
{{- $_ := set $proxy "command" (list "nginx" "-e" "stderr" "-c" "/etc/slipway/nginx.conf" "-g" "daemon off;") -}}
{{- $_ := set $proxy "health" (dict "path" "/" "port" "health") -}}
{{- $_ := set $proxy "liveness" (dict "enabled" true "path" "/" "port" "health") -}}
{{- $_ := set $proxy "grace" (add $proxy.drain $longest 5) -}}
{{- $_ := set $proxy "config" (include "web.nginx" (dict "root" .root "services" $services)) -}}
{{- $_ := set .into "proxy" $proxy -}}
{{- end }}

{{/* The secrets of a service by name; nothing when it has none. (dict "root" "service") */}}
{{- define "web.secretsOf" -}}
{{- $values := .root.Values.secrets -}}
{{- $lines := list -}}
{{- range .service.secrets }}{{ $lines = append $lines (printf "%s: %s" . (get $values . | toString | toJson)) }}{{ end -}}
{{- join "\n" $lines -}}
{{- end }}
