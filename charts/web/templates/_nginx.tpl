{{/* nginx.conf of the proxy. (dict "root" "services") */}}
{{- define "web.nginx" -}}
{{- $proxy := .root.Values.proxy -}}
{{- $longest := 0 -}}
{{- range .services }}{{ if hasKey . "route" }}{{ $longest = max $longest .stopTimeout }}{{ end }}{{ end -}}
worker_processes 2;
pid /tmp/nginx.pid;
error_log stderr warn;
# What is being answered when the pod is to end has as long as the longest of its services.
worker_shutdown_timeout {{ int $longest }}s;
events { worker_connections 4096; }
http {
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  access_log /dev/stdout;
  server_tokens off;
  client_max_body_size {{ $proxy.bodySize }};

  # Who is believed about the client.
  geo $realip_remote_addr $trusted {
    default 0;
    {{- range $proxy.trustedProxies }}
    {{ . }} 1;
    {{- end }}
  }
  {{- range $proxy.trustedProxies }}
  set_real_ip_from {{ . }};
  {{- end }}
  real_ip_header X-Forwarded-For;
  real_ip_recursive on;
  map "$trusted $http_x_forwarded_proto" $scheme_seen {
    default $scheme;
    "1 https" https;
    "1 http" http;
  }
  map $http_upgrade $connection_seen {
    default upgrade;
    '' '';
  }

  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Connection $connection_seen;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme_seen;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header X-Request-ID $request_id;
  proxy_connect_timeout 2s;
  # What could not be handed over goes to another pod. What took too long is not asked a second time.
  proxy_next_upstream error timeout;
  proxy_next_upstream_tries 3;
  proxy_next_upstream_timeout 6s;

  # A Service leads to pods that are ready, a connection at a time: it stands here three times, so that there is a next one to try. None is
  # kept open: a pod that ends would close it under a request.
  {{- range .services }}
  {{- if hasKey . "route" }}
  upstream {{ .name }} {
    server {{ .full }}:80 max_fails=0;
    server {{ .full }}:80 max_fails=0;
    server {{ .full }}:80 max_fails=0;
  }
  {{- end }}
  {{- end }}

  server {
    listen 8080 default_server;
    {{- if $proxy.ipv6 }}
    listen [::]:8080 default_server;
    {{- end }}
    {{- $all := false }}
    {{- range $service := .services }}
    {{- if hasKey $service "route" }}
    {{- $route := trimSuffix "/" $service.route }}
    {{- if not $route }}{{ $all = true }}{{ end }}
    {{- range $location := ternary (list "/") (list (printf "= %s" $route) (printf "%s/" $route)) (not $route) }}
    location {{ $location }} {
      proxy_pass http://{{ $service.name }};
      proxy_read_timeout {{ int $service.stopTimeout }}s;
      proxy_send_timeout {{ int $service.stopTimeout }}s;
    }
    {{- end }}
    {{- end }}
    {{- end }}
    {{- if not $all }}
    location / { return 404; }
    {{- end }}
  }

  # Of nginx itself: what a service lacks is no reason to take all of them from users.
  server {
    listen 8081;
    {{- if $proxy.ipv6 }}
    listen [::]:8081;
    {{- end }}
    access_log off;
    location / { return 204; }
  }
}
{{- end }}
