import { Button, Tooltip } from "antd";
import { useState } from "react";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { formatNumber } from "../../ui/format";
import { PlusOutlined } from "../../ui/icons";
import { formatShortMoney } from "../format";
import { amountsText } from "../kinds/numbers";
import { BoardCard } from "./card";
import type { BoardColumn } from "./data";
import type { Lifted, useDrag } from "./drag";

interface Props {
  column: BoardColumn;
  name: string;
  lifted: Lifted | null;
  drag: ReturnType<typeof useDrag>;
  onMenu: (card: Data) => void;
  onMore: (column: BoardColumn) => Promise<void>;
  onAdd?: () => void;
}

/** One stage of the board: how many deals, what they amount to, and the deals. */
export function StageColumn({ column, name, lifted, drag, onMenu, onMore, onAdd }: Props) {
  const t = useT();
  const [loading, setLoading] = useState(false);
  const { count, amounts, weighted, truncated, cards } = column;
  const more = count > cards.length || truncated;
  return (
    <section className={`board-column ${lifted?.to.stage === column.stage && !lifted.zone ? "target" : ""}`} data-stage={column.stage} aria-labelledby={`stage-${column.stage}`}>
      <header>
        <h2 id={`stage-${column.stage}`}>
          {name} <span className="muted tabular">{formatNumber(count)}{truncated && "+"}</span>
        </h2>
        {onAdd && <Button type="text" size="small" icon={<PlusOutlined />} aria-label={t("sales.board.add", { stage: name })} onClick={onAdd} />}
        <Tooltip title={amounts.length > 0 ? `${amountsText(amounts)} · ${t("sales.board.weighted", { amount: amountsText(weighted) || "0" })}` : undefined}>
          <p className="tabular muted">{amounts.map(({ amount_minor, currency }) => formatShortMoney(amount_minor, currency)).join(" + ") || "–"}</p>
        </Tooltip>
      </header>
      <ul className="board-cards">
        {cards.map((card) => (
          <BoardCard key={card.id} card={card} lifted={lifted?.card.id === card.id} onPointerDown={drag.pointerDown} onKeyDown={drag.keyDown} onMenu={onMenu} />
        ))}
        {cards.length === 0 && <li className="board-empty muted">{t("sales.board.empty")}</li>}
        {more && cards.length > 0 && (
          <li className="board-more">
            <Button
              type="link"
              size="small"
              loading={loading}
              onClick={() => {
                setLoading(true);
                void onMore(column).finally(() => setLoading(false));
              }}
            >
              {t("ui.more")}
            </Button>
          </li>
        )}
      </ul>
    </section>
  );
}
