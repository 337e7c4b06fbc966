{{/*
The Deployments by name, as YAML: what each has, which arguments it is started with, whether it holds data and whether it
is the gateway.
*/}}
{{- define "crm.deployments" -}}
{{- $all := dict -}}
{{- if eq .Values.topology "all-in-one" -}}
{{- $one := mergeOverwrite (deepCopy .Values.defaults) (deepCopy .Values.allInOne) -}}
{{- $_ := set $all "all" (merge (dict "arguments" (list "serve") "data" true "gateway" true) $one) -}}
{{- else -}}
{{- range $name, $own := .Values.services -}}
{{- $merged := mergeOverwrite (deepCopy $.Values.defaults) (deepCopy ($own | default dict)) -}}
{{- $arguments := list "serve" "--services" $name -}}
{{- $gateway := eq $name "gateway" -}}
{{- $_ := set $all $name (merge (dict "arguments" $arguments "data" (not $gateway) "gateway" $gateway) $merged) -}}
{{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* How long Kubernetes waits for a pod to stop: drain, finish requests, stop, and a little more. */}}
{{- define "crm.grace" -}}
{{- $server := .Values.settings.server -}}
{{- add (int $server.drain_seconds) (mul 2 (int $server.shutdown_seconds)) 5 -}}
{{- end -}}

{{/* The context that the restricted Pod Security Standard demands of a pod. */}}
{{- define "crm.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.pod.user }}
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{/* The context that the restricted Pod Security Standard demands of a container. */}}
{{- define "crm.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Lets the node into the registry. */}}
{{- define "crm.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Whether the schema is brought up to date by an ordinary Job: the Postgres of the release is not there before it. */}}
{{- define "crm.migratesBeside" -}}
{{- if and .Values.postgresql.enabled .Release.IsInstall }}true{{ end -}}
{{- end -}}
