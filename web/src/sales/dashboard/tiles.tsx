import { useQuery } from "@tanstack/react-query";
import { useMemo, type ReactNode } from "react";
import { Link } from "react-router";
import { useCan } from "../../api/me";
import { useT } from "../../i18n";
import type { Count } from "../../api/records";
import { formatCount, formatNumber } from "../../ui/format";
import { formatFilter, requested, parseFilter } from "../../ui/list/filter";
import { useMe } from "../../api/me";
import { DUE } from "../due";
import { formatPercent } from "../format";
import { lead, OPEN_LEADS } from "../lead";
import { opportunity } from "../opportunity";
import type { LinkTo, Subject } from "./choice";
import { useForecast } from "./forecast-report";
import type { Months } from "./period";
import { usePipelineReport } from "./pipeline-report";
import { scaleOf } from "./scale";

const LEADS = `status=${OPEN_LEADS.join("|")}`;
const DEALS = "status=OPPORTUNITY_STATUS_OPEN";
const TILES = { overdue: DUE.overdue.map(formatFilter), dueToday: DUE.today.map(formatFilter) };

/** The few numbers that one looks at first, each leading to its records. */
export function Tiles({ subject, months, link, closed }: { subject: Subject; months: Months; link: LinkTo; closed: string[] }) {
  const t = useT();
  const forecast = useForecast(subject, months);
  const open = usePipelineReport(subject);
  const total = forecast.data?.total;
  const won = scaleOf(forecast.data?.currency || "CNY");
  const now = scaleOf(open.data?.currency || "CNY");
  const attained = total?.attainment_percent;
  return (
    <div className="tiles">
      <Tile
        to={link(["status=OPPORTUNITY_STATUS_WON", ...closed])}
        label={t("sales.dashboard.wonAmount")}
        value={total ? won.short(won.of(total.closed?.amount_minor)) : "…"}
        detail={total && [t("sales.dashboard.wonDeals", { count: formatNumber(Number(total.closed?.count ?? 0)) }), attained === undefined ? t("sales.dashboard.noTarget") : t("sales.dashboard.ofTarget", { percent: formatPercent(attained, 0) })].join(" · ")}
      />
      <Tile
        to={link([DEALS])}
        label={t("sales.dashboard.openAmount")}
        value={open.data ? now.short(now.of(open.data.total?.amount_minor)) : "…"}
        detail={open.data && [t("sales.dashboard.wonDeals", { count: formatNumber(Number(open.data.total?.count ?? 0)) }), t("sales.dashboard.weightedIs", { amount: now.short(now.of(open.data.total?.weighted_amount_minor)) })].join(" · ")}
      />
      <DueTile due="overdue" link={link} />
      <DueTile due="dueToday" link={link} />
    </div>
  );
}

function Tile({ to, label, value, detail, tone }: { to: string; label: string; value: ReactNode; detail?: ReactNode; tone?: string }) {
  return (
    <Link className={`tile ${tone ?? ""}`} to={to}>
      <span className="muted">{label}</span>
      <b className="tabular">{value}</b>
      <span className="muted tile-detail">{detail ?? " "}</span>
    </Link>
  );
}

const NONE: Count = { count: 0, truncated: false };

function useCount(kind: typeof lead, link: string) {
  const { user } = useMe();
  const can = useCan();
  const filter = useMemo(() => new URLSearchParams(link.split("?")[1]).getAll("f").map((text) => {
    const found = parseFilter(text);
    return found ? requested(found, user.id) : text;
  }), [link, user.id]);
  return useQuery({
    queryKey: ["count", kind.name, "due", link],
    queryFn: ({ signal }) => kind.api.count({ filter }, signal),
    staleTime: 30_000,
    enabled: can.do(`${kind.name}.read`),
  });
}

function DueTile({ due, link }: { due: keyof typeof TILES; link: LinkTo }) {
  const t = useT();
  const [ofLeads, ofDeals] = [link([...TILES[due], LEADS], "leads"), link([...TILES[due], DEALS])];
  const leads = useCount(lead, ofLeads).data ?? NONE;
  const deals = useCount(opportunity, ofDeals).data ?? NONE;
  const all = { count: leads.count + deals.count, truncated: leads.truncated || deals.truncated };
  return (
    <Tile
      to={deals.count === 0 && leads.count > 0 ? ofLeads : ofDeals}
      label={t(`sales.dashboard.${due}`)}
      value={formatCount(all)}
      tone={due === "overdue" && all.count > 0 ? "alarming" : undefined}
      detail={t("sales.dashboard.leadsAndDeals", { leads: formatCount(leads), deals: formatCount(deals) })}
    />
  );
}
