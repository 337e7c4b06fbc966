import { DatePicker, Select, Switch, TreeSelect } from "antd";
import dayjs from "dayjs";
import { departmentTree, useDepartments } from "../../api/departments";
import { useCan } from "../../api/me";
import { useT } from "../../i18n";
import { usePipelines } from "../pipelines";
import { useChoice, useLinks, useSubject, type Choice } from "./choice";
import { ForecastReport } from "./forecast-report";
import { FunnelReport } from "./funnel-report";
import { OutcomeReport } from "./outcome-report";
import { PERIODS } from "./period";
import { PipelineReport } from "./pipeline-report";
import { SalesReport } from "./sales-report";
import { Tiles } from "./tiles";
import "../../settings/settings.css";
import "./dashboard.css";

/** How sales go: what is open, what was won, where deals are lost, and what is expected. */
export function DashboardPage() {
  const t = useT();
  const [choice, change] = useChoice();
  const subject = useSubject(choice);
  const { link, closed, createdIn } = useLinks(choice);
  const { months } = choice;
  return (
    <div className="dashboard">
      <header className="list-bar">
        <h1 className="list-title">{t("sales.dashboard.title")}</h1>
        <span className="spacer" />
        <Choices choice={choice} onChange={change} />
      </header>
      <Tiles subject={subject} months={months} link={link} closed={closed} />
      <div className="reports">
        <PipelineReport subject={subject} link={link} />
        <SalesReport subject={subject} months={months} link={link} createdIn={createdIn} />
        <FunnelReport subject={subject} months={months} link={link} created={createdIn(months)} />
        <OutcomeReport subject={subject} months={months} link={link} closed={closed} />
        <ForecastReport subject={subject} months={months} link={link} closed={closed} />
      </div>
    </div>
  );
}

function Choices({ choice, onChange }: { choice: Choice; onChange: (patch: Partial<Choice>) => void }) {
  const t = useT();
  const can = useCan();
  const { data: pipelines } = usePipelines();
  const { data: departments } = useDepartments(can.do("identity.department.read"));
  return (
    <>
      <Select
        aria-label={t("sales.dashboard.period")}
        value={choice.period}
        popupMatchSelectWidth={false}
        options={([...PERIODS, "own"] as const).map((value) => ({ value, label: t(`sales.dashboard.${value}`) }))}
        onChange={(period) => onChange({ period })}
      />
      {choice.period === "own" && (
        <DatePicker.RangePicker
          picker="month"
          format="YYYY-MM"
          allowClear={false}
          aria-label={t("sales.dashboard.own")}
          value={[dayjs(`${choice.months.start}-01`), dayjs(`${choice.months.end}-01`)]}
          onChange={(range) => range?.[0] && range[1] && onChange({ period: "own", months: { start: range[0].format("YYYY-MM"), end: range[1].format("YYYY-MM") } })}
        />
      )}
      {(pipelines?.length ?? 0) > 1 && (
        <Select
          aria-label={t("sales.kinds.pipeline.one")}
          value={choice.pipeline}
          popupMatchSelectWidth={false}
          options={[{ value: "", label: t("sales.dashboard.allPipelines") }, ...(pipelines ?? []).map((one) => ({ value: one.id, label: one.name }))]}
          onChange={(pipeline) => onChange({ pipeline })}
        />
      )}
      {departments && departments.length > 0 && (
        <TreeSelect
          aria-label={t("ui.fields.department_id")}
          className="dashboard-department"
          value={choice.department || undefined}
          placeholder={t("sales.dashboard.allDepartments")}
          allowClear
          treeDefaultExpandAll
          popupMatchSelectWidth={false}
          treeData={departmentTree(departments)}
          onChange={(department?: string) => onChange({ department: department ?? "" })}
        />
      )}
      <label className="mine">
        <Switch size="small" checked={choice.mine} onChange={(mine) => onChange({ mine })} /> {t("sales.dashboard.mine")}
      </label>
    </>
  );
}
