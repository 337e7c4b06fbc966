{{/* Says what is missing; what contradicts itself is refused by values.schema.json. */}}
{{- define "crm.demands" -}}
{{- $missing := list -}}
{{- if and (eq .Values.database.kind "postgres") (not (include "crm.urlSecret" (dict "root" $ "of" "database"))) -}}
{{- $missing = append $missing "database: give existingSecret or url, or enable postgresql" -}}
{{- end -}}
{{- if and (eq .Values.cache.kind "redis") (not (include "crm.urlSecret" (dict "root" $ "of" "cache"))) -}}
{{- $missing = append $missing "cache: give existingSecret or url, or enable redis" -}}
{{- end -}}
{{- if and (or .Values.ingress.enabled .Values.httpRoute.enabled) (not .Values.publicUrl) -}}
{{- $missing = append $missing "publicUrl: the Ingress and the route take their host from it" -}}
{{- end -}}
{{- if and .Values.postgresql.enabled (or .Values.database.url .Values.database.existingSecret) -}}
{{- $missing = append $missing "postgresql: do not enable it when database names another one" -}}
{{- end -}}
{{- if and .Values.redis.enabled (or .Values.cache.url .Values.cache.existingSecret) -}}
{{- $missing = append $missing "redis: do not enable it when cache names another one" -}}
{{- end -}}
{{- if and .Values.database.migrationKey (not .Values.database.existingSecret) -}}
{{- $missing = append $missing "database.migrationKey: is a key of database.existingSecret" -}}
{{- end -}}
{{- if $missing }}{{ fail (printf "\n%s" (join "\n" $missing)) }}{{ end -}}
{{- end -}}
