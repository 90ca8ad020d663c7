{{/* Values that do not go together, all of them at once. What each may be alone is said by values.schema.json. */}}
{{- define "web.checks" -}}
{{- $wrong := list -}}
{{- $services := dict -}}
{{- include "web.resolve" (dict "root" . "into" $services) -}}
{{- $kind := include "web.routing" . -}}
{{- $routes := dict -}}
{{- if not $services }}{{ $wrong = append $wrong "services is empty: name what is to run" }}{{ end -}}
{{- range $name, $service := $services -}}
  {{- if hasKey $service "route" -}}
    {{- $route := trimSuffix "/" $service.route -}}
    {{- if hasKey $routes $route }}{{ $wrong = append $wrong (printf "services.%s.route and services.%s.route are the same: %s" (get $routes $route) $name $service.route) }}{{ end -}}
    {{- $_ := set $routes $route $name -}}
  {{- end -}}
  {{- if and $service.web (ne $service.kind "Deployment") }}{{ $wrong = append $wrong (printf "services.%s has a route or a port, and schedule, once or overlap: false are for what has neither" $name) }}{{ end -}}
  {{- if and $service.schedule $service.once }}{{ $wrong = append $wrong (printf "services.%s has both schedule and once" $name) }}{{ end -}}
  {{- if and (eq $service.kind "StatefulSet") (ne (int $service.replicas) 1) }}{{ $wrong = append $wrong (printf "services.%s has overlap: false and %d replicas: never two at once means one" $name (int $service.replicas)) }}{{ end -}}
  {{- if and $service.autoscaling (ne $service.kind "Deployment") }}{{ $wrong = append $wrong (printf "services.%s has autoscaling, and is not scaled" $name) }}{{ end -}}
  {{- if and $service.autoscaling (hasKey (get $.Values.services $name) "replicas") }}{{ $wrong = append $wrong (printf "services.%s has both replicas and autoscaling: only one can own the number" $name) }}{{ end -}}
  {{- with $service.health }}{{ if and .path (not $service.web) }}{{ $wrong = append $wrong (printf "services.%s.health has a path, and nothing is asked of a worker: give a command" $name) }}{{ end }}{{ end -}}
  {{- range $secret := $service.secrets -}}
    {{- if not (hasKey $.Values.secrets $secret) }}{{ $wrong = append $wrong (printf "services.%s.secrets lists %s, and secrets.%s is not given" $name $secret $secret) }}{{ end -}}
    {{- if hasKey $service.env $secret }}{{ $wrong = append $wrong (printf "services.%s has %s in env as well as in secrets" $name $secret) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- range $index, $hook := .Values.before -}}
  {{- if not (hasKey $services $hook.service) }}{{ $wrong = append $wrong (printf "before[%d].service is %s, which services has not" $index $hook.service) }}{{ end -}}
{{- end -}}
{{- if and (ne $kind "none") (not $routes) }}{{ $wrong = append $wrong (printf "routing leads to no service by %s: no service has a route" $kind) }}{{ end -}}
{{- if eq $kind "proxy" -}}
  {{- if not .Values.proxy.image }}{{ $wrong = append $wrong "routing.kind is proxy, and proxy.image is not given" }}{{ end -}}
  {{- if hasKey $services "proxy" }}{{ $wrong = append $wrong "services.proxy has the name of the nginx: call it otherwise" }}{{ end -}}
  {{- if ne .Values.routing.tls.kind "off" }}{{ $wrong = append $wrong "routing.tls is not done by the proxy: end TLS at the load balancer before it, or route by ingress or httproute" }}{{ end -}}
{{- end -}}
{{- if eq $kind "httproute" -}}
  {{- if not .Values.routing.gateways }}{{ $wrong = append $wrong "routing.kind is httproute, and routing.gateways names none" }}{{ end -}}
  {{- if eq .Values.routing.tls.kind "own" }}{{ $wrong = append $wrong "routing.tls.kind is own, and TLS ends at the gateway: give the certificate to its listener" }}{{ end -}}
{{- end -}}
{{- if and (eq $kind "ingress") (ne .Values.routing.tls.kind "off") (not .Values.routing.hosts) }}{{ $wrong = append $wrong "routing.tls is on, and routing.hosts is empty" }}{{ end -}}
{{- if eq .Values.routing.tls.kind "own" -}}
  {{- if not (and .Values.routing.tls.certificate .Values.routing.tls.key) }}{{ $wrong = append $wrong "routing.tls.kind is own, and certificate or key is not given" }}{{ end -}}
{{- end -}}
{{- if $wrong }}{{ fail (printf "\n- %s" (join "\n- " $wrong)) }}{{ end -}}
{{- end }}
