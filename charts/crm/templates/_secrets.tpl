{{/* What a Secret of the cluster already holds under a key, in base64, or what is fresh: dict "root" $ "name" … "key" … "fresh" … */}}
{{- define "crm.kept" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .name | default dict -}}
{{- get (get $found "data" | default dict) .key | default (.fresh | b64enc) -}}
{{- end -}}

{{/* The Secret with the keys of the suite. */}}
{{- define "crm.keysSecret" -}}
{{- .Values.keys.existingSecret | default (printf "%s-keys" (include "crm.fullname" .)) -}}
{{- end -}}

{{/* The Secret and key of a URL: dict "root" $ "of" database, cache or mail. As YAML; empty without one. */}}
{{- define "crm.urlSecret" -}}
{{- $values := get .root.Values .of -}}
{{- $fullname := include "crm.fullname" .root -}}
{{- if $values.existingSecret -}}
{{- toYaml (dict "name" $values.existingSecret "key" $values.key) -}}
{{- else if $values.url -}}
{{- toYaml (dict "name" (printf "%s-connections" $fullname) "key" (printf "%s.url" .of)) -}}
{{- else if and (eq .of "database") .root.Values.postgresql.enabled -}}
{{- toYaml (dict "name" (include "crm.postgresql" .root) "key" "url") -}}
{{- else if and (eq .of "cache") .root.Values.redis.enabled -}}
{{- toYaml (dict "name" (printf "%s-redis" $fullname) "key" "url") -}}
{{- end -}}
{{- end -}}

{{/* The Secret whose ca.crt has signed the certificate of the database; empty without one. */}}
{{- define "crm.databaseAuthority" -}}
{{- if .Values.postgresql.enabled -}}
{{- printf "%s-ca" (include "crm.postgresql" .) -}}
{{- else -}}
{{- .Values.database.authoritySecret -}}
{{- end -}}
{{- end -}}
