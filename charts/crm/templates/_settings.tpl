{{/* The settings file: what the values say, and what only the chart knows. */}}
{{- define "crm.settings" -}}
{{- $fullname := include "crm.fullname" . -}}
{{- $server := dict "public_url" (.Values.publicUrl | default "http://localhost:8080") -}}
{{- if and (or .Values.ingress.enabled .Values.httpRoute.enabled) (not (hasKey .Values.settings.server "trusted_proxies")) -}}
{{- $_ := set $server "trusted_proxies" 1 -}}
{{- end -}}
{{- $own := dict "server" $server "database" (dict "data_directory" "/var/lib/crm") -}}
{{- $mode := .Values.tls.internal.mode -}}
{{- $tls := dict -}}
{{- if ne $mode "none" -}}
{{- $directory := "/etc/crm/tls/internal" -}}
{{- $_ := set $tls "internal" (dict "certificate" (print $directory "/tls.crt") "key" (print $directory "/tls.key") "ca" (print $directory "/ca.crt") "server_name" (include "crm.serverName" .)) -}}
{{- end -}}
{{- if .Values.tls.gateway.secretName -}}
{{- $_ := set $tls "gateway" (dict "certificate" "/etc/crm/tls/gateway/tls.crt" "key" "/etc/crm/tls/gateway/tls.key") -}}
{{- end -}}
{{- if $tls }}{{ $_ := set $own "tls" $tls }}{{ end -}}
{{- if eq .Values.topology "services" -}}
{{- $urls := dict -}}
{{- range $name, $_ := omit .Values.services "gateway" -}}
{{- $scheme := ternary "http" "https" (eq $mode "none") -}}
{{- $_ := set $urls $name (printf "%s://%s-%s.%s.svc:9000" $scheme $fullname $name $.Release.Namespace) -}}
{{- end -}}
{{- $_ := set $own "services" $urls -}}
{{- end -}}
{{- $settings := mergeOverwrite (deepCopy .Values.settings) $own -}}
{{- range $section, $entries := $settings }}
[{{ $section }}]
{{- range $key, $value := $entries }}
{{ $key }} = {{ include "crm.tomlValue" $value }}
{{- end }}
{{ end -}}
{{- end -}}

{{/* A value in TOML: what is no table is written as in JSON. */}}
{{- define "crm.tomlValue" -}}
{{- if kindIs "map" . -}}
{{- $entries := list -}}
{{- range $key, $value := . }}{{ $entries = append $entries (printf "%s = %s" $key (include "crm.tomlValue" $value)) }}{{ end -}}
{ {{ join ", " $entries }} }
{{- else if kindIs "slice" . -}}
{{- $entries := list -}}
{{- range . }}{{ $entries = append $entries (include "crm.tomlValue" .) }}{{ end -}}
[{{ join ", " $entries }}]
{{- else -}}
{{- toJson . -}}
{{- end -}}
{{- end -}}
