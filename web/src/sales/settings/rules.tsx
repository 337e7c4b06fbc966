import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useCan } from "../../api/me";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { useDepartments } from "../../api/departments";
import { useT } from "../../i18n";
import { listKey } from "../../ui/cache";
import { EmptyHint } from "../../ui/empty-hint";
import { kindLabel, valueLabel } from "../../ui/field";
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, EditOutlined, PlusOutlined } from "../../ui/icons";
import { Mark } from "../../ui/mark";
import { useName } from "../../ui/names";
import { problemText } from "../../ui/problem-text";
import { useEditor } from "../../ui/record/editor";
import { useConditionText } from "./conditions";
import { assignmentRule } from "./resources";

const RULES = [...listKey(assignmentRule), "ordered"];

/** The rules by which leads are given to somebody, in the order in which they are asked. */
export function RulesPage() {
  const t = useT();
  const can = useCan();
  const editor = useEditor();
  const queries = useQueryClient();
  const { message, modal } = App.useApp();
  const { data: rules = [], isPending } = useQuery({
    queryKey: RULES,
    queryFn: async () => (await assignmentRule.api.list({ order_by: "position", page_size: 200 }, "")).records,
  });
  const changed = () => void queries.invalidateQueries({ queryKey: RULES });
  const failed = (error: Error) => void message.error(problemText(asProblem(error), t));
  const remove = useMutation({ mutationFn: (rule: Data) => assignmentRule.api.remove(rule.id, rule.etag), onSuccess: changed, onError: failed });
  const reorder = useMutation({
    async mutationFn(order: Data[]) {
      for (const [position, rule] of order.entries()) {
        if (rule.position !== position) await assignmentRule.api.update(rule.id, rule.etag, { position });
      }
    },
    onError: failed,
    onSettled: changed,
  });
  const move = (index: number, step: number) => {
    const order = [...rules];
    order.splice(index + step, 0, ...order.splice(index, 1));
    reorder.mutate(order);
  };
  const mayChange = can.do("sales.assignment_rule.update");

  return (
    <div className="settings-page">
      <div className="settings-head">
        <h1>{kindLabel(assignmentRule.name, "many")}</h1>
        {can.do("sales.assignment_rule.create") && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => editor.create(assignmentRule, { position: rules.length, method: "ASSIGNMENT_METHOD_ROUND_ROBIN" }, changed)}>
            {t("ui.new")}
          </Button>
        )}
      </div>
      <p className="muted">{t("sales.settings.rules.lead")}</p>
      <section className="panel">
        {rules.length === 0 && (isPending ? <p className="muted">{t("ui.loading")}</p> : <EmptyHint resource={assignmentRule.name} />)}
        <ol className="rules">
          {rules.map((rule, index) => {
            const name = assignmentRule.title(rule);
            return (
              <li key={rule.id}>
                <span className="muted tabular">{index + 1}</span>
                <RuleFacts rule={rule} />
                <span className="gap">
                  {mayChange && (
                    <>
                      <Button size="small" type="text" icon={<ArrowUpOutlined />} aria-label={t("sales.settings.rules.up", { name })} disabled={index === 0 || reorder.isPending} onClick={() => move(index, -1)} />
                      <Button size="small" type="text" icon={<ArrowDownOutlined />} aria-label={t("sales.settings.rules.down", { name })} disabled={index === rules.length - 1 || reorder.isPending} onClick={() => move(index, 1)} />
                      <Button size="small" type="text" icon={<EditOutlined />} aria-label={t("ui.form.edit", { name })} onClick={() => editor.edit(assignmentRule, rule, undefined, changed)} />
                    </>
                  )}
                  {can.do("sales.assignment_rule.delete") && (
                    <Button
                      size="small"
                      type="text"
                      icon={<DeleteOutlined />}
                      aria-label={t("sales.settings.pipelines.removeOf", { name })}
                      onClick={() =>
                        modal.confirm({ title: t("ui.record.askDelete", { name }), okText: t("ui.delete"), okButtonProps: { danger: true }, cancelText: t("ui.cancel"), onOk: () => remove.mutate(rule) })
                      }
                    />
                  )}
                </span>
              </li>
            );
          })}
        </ol>
      </section>
    </div>
  );
}

function RuleFacts({ rule }: { rule: Data }) {
  const t = useT();
  const words = useConditionText();
  const { data: departments } = useDepartments();
  const conditions = (rule.conditions ?? []) as string[];
  const users = (rule.user_ids ?? []) as string[];
  const queue = departments?.find((one) => one.id === rule.queue_department_id)?.name;
  return (
    <div>
      <b>{assignmentRule.title(rule)}</b> {Boolean(rule.disabled) && <Mark>{t("sales.fields.assignment_rule.disabled")}</Mark>}
      <div>{conditions.length > 0 ? conditions.map(words).join("; ") : t("sales.settings.rules.everyLead")}</div>
      <div className="muted">
        {valueLabel(assignmentRule.name, String(rule.method ?? ""))}
        {Boolean(rule.skill) && ` (${String(rule.skill)})`} · {users.length > 0 ? users.map((id) => <UserName key={id} id={id} />) : t("sales.settings.rules.everybody")}
        {Boolean(rule.within_working_hours) && ` · ${t("sales.fields.assignment_rule.within_working_hours")}`}
        {queue && ` · ${t("sales.settings.rules.nobody", { queue })}`}
      </div>
    </div>
  );
}

function UserName({ id }: { id: string }) {
  return <span className="listed">{useName("identity.user", id)}</span>;
}
