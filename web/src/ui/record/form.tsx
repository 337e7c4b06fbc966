import { Alert, Form, type FormInstance } from "antd";
import { useMemo, useState } from "react";
import { useCan } from "../../api/me";
import type { Problem } from "../../api/problem";
import { useT } from "../../i18n";
import { fieldHint, fieldLabel, groupLabel, type Field } from "../field";
import { kindOf } from "../kinds";
import { problemText, violationText } from "../problem-text";
import type { Resource } from "../resource";
import "./record.css";

export type Values = Record<string, unknown>;

interface Props {
  resource: Resource;
  form: FormInstance<Values>;
  fields: readonly Field[];
  initial: Values;
  /** Why the server refused what was sent last. */
  problem?: Problem | null;
  onSubmit: () => void;
  /** Whether headings stand over the groups. */
  grouped?: boolean;
}

/** The fields that whoever is signed in may fill in, of a record that exists or of a new one. */
export function useWritable(resource: Resource, exists = false): Field[] {
  const can = useCan();
  return useMemo(
    () => resource.fields.filter((field) => !field.readOnly && !(exists && field.fixed) && can.see(resource.name, field.name)),
    [resource, exists, can],
  );
}

/** Fields to be filled in, each by its kind, with what is wrong beside it. */
export function RecordForm({ resource, form, fields, initial, problem, onSubmit, grouped = false }: Props) {
  const known = new Set(fields.map((field) => field.name));
  const elsewhere = problem && problem.violations.filter((violation) => !known.has(fieldOfPath(violation.field)));
  const groups = useMemo(() => groupsOf(fields), [fields]);
  return (
    <Form form={form} layout="vertical" initialValues={initial} onFinish={onSubmit} requiredMark className="record-form">
      {problem && (problem.violations.length === 0 || (elsewhere?.length ?? 0) > 0) && <FormProblem problem={problem} />}
      {groups.map(([group, members]) => (
        <fieldset key={group}>
          {grouped && <legend>{groupLabel(resource.name, group)}</legend>}
          <div className="form-grid">
            {members.map((field, index) => (
              <FormField key={field.name} resource={resource} field={field} autoFocus={group === groups[0]?.[0] && index === 0} />
            ))}
          </div>
        </fieldset>
      ))}
      {/* Enter sends the form from any of its fields. */}
      <button type="submit" hidden />
    </Form>
  );
}

function FormProblem({ problem }: { problem: Problem }) {
  const t = useT();
  return <Alert type="error" showIcon title={problemText(problem, t)} role="alert" />;
}

function groupsOf(fields: readonly Field[]): [string, Field[]][] {
  const groups = new Map<string, Field[]>();
  for (const field of fields) {
    const group = field.group ?? "main";
    groups.set(group, [...(groups.get(group) ?? []), field]);
  }
  return [...groups];
}

const WIDE: unknown[] = ["longText", "address", "phones", "emails", "memberships", "tags"];

function FormField({ resource, field, autoFocus }: { resource: Resource; field: Field; autoFocus: boolean }) {
  const t = useT();
  const can = useCan();
  const siblings = Form.useWatch((values: Values) => values, Form.useFormInstance<Values>()) ?? {};
  const [focused, setFocused] = useState(false);
  const { Edit, fault, wide } = kindOf(field);
  const hint = fieldHint(resource.name, field);
  const label = fieldLabel(resource.name, field.name);
  const readOnly = !can.write(resource.name, field.name);
  return (
    <div className={wide || WIDE.includes(field.kind) ? "wide" : undefined} onFocus={() => setFocused(true)} onBlur={() => setFocused(false)}>
      <Form.Item
        name={field.name}
        label={label}
        required={field.required}
        extra={readOnly ? t("ui.form.readOnly") : focused ? hint : undefined}
        validateTrigger={["onBlur", "onChange"]}
        validateFirst
        rules={[
          {
            validator: (_rule, value: unknown) => {
              const missing = field.required && (value === undefined || value === null || String(value).trim() === "");
              const wrong = missing ? t("ui.faults.required", { field: label }) : fault?.(value, field, t, siblings);
              return wrong ? Promise.reject(new Error(wrong)) : Promise.resolve();
            },
          },
        ]}
      >
        <Edit field={field} resource={resource.name} siblings={siblings} disabled={readOnly} autoFocus={autoFocus} />
      </Form.Item>
    </div>
  );
}

/** `account.phones[1].number` is about the field `phones`. */
export function fieldOfPath(path: string): string {
  return (path.split(".")[1] ?? path).replace(/\[\d+\]$/, "");
}

/** Shows what the server found wrong beside the fields. */
export function showViolations(form: FormInstance<Values>, problem: Problem) {
  const errors = new Map<string, string[]>();
  for (const violation of problem.violations) {
    const name = fieldOfPath(violation.field);
    errors.set(name, [...(errors.get(name) ?? []), violationText(violation)]);
  }
  form.setFields([...errors].map(([name, texts]) => ({ name, errors: [...new Set(texts)] })));
  const first = [...errors.keys()][0];
  if (first) form.scrollToField(first, { focus: true });
}
