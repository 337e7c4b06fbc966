{{/* The name of the release's objects. */}}
{{- define "crm.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What every pod of the release has in common; never changes. */}}
{{- define "crm.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The labels of every object. */}}
{{- define "crm.labels" -}}
{{ include "crm.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The image of a Deployment, or of the whole suite: dict "root" $ "image" IMAGE. */}}
{{- define "crm.image" -}}
{{- $own := .image | default dict -}}
{{- $image := .root.Values.image -}}
{{- $digest := $own.digest | default $image.digest -}}
{{- if $own.tag }}{{ $digest = $own.digest }}{{ end -}}
{{- if $digest -}}
{{- printf "%s@%s" $image.repository $digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($own.tag | default $image.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The name of the service account of the services. */}}
{{- define "crm.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "crm.fullname" .) -}}
{{- end -}}

{{/* The host of the public URL; empty without one. */}}
{{- define "crm.host" -}}
{{- if .Values.publicUrl }}{{ (urlParse .Values.publicUrl).hostname }}{{ end -}}
{{- end -}}

{{/* The name that the certificates of all services carry. */}}
{{- define "crm.serverName" -}}
{{- .Values.tls.internal.serverName | default (printf "%s.%s.svc" (include "crm.fullname" .) .Release.Namespace) -}}
{{- end -}}

{{/* The name of the bundled Postgres cluster. */}}
{{- define "crm.postgresql" -}}
{{- printf "%s-postgresql" (include "crm.fullname" .) -}}
{{- end -}}
