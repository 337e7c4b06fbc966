import { memo, type KeyboardEvent, type PointerEvent } from "react";
import { Link } from "react-router";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { formatDate } from "../../ui/format";
import { useName } from "../../ui/names";
import { formatMoney } from "../../ui/format";
import { DealMarks } from "../opportunities/pages";
import { opportunity } from "../opportunity";

interface Props {
  card: Data;
  /** Whether it is being moved. */
  lifted: boolean;
  onPointerDown: (event: PointerEvent, card: Data) => void;
  onKeyDown: (event: KeyboardEvent, card: Data) => void;
  onMenu: (card: Data) => void;
}

/** A deal on the board. Its name is the link to its page, and what takes the keys. */
export const BoardCard = memo(function BoardCard({ card, lifted, onPointerDown, onKeyDown, onMenu }: Props) {
  return (
    // The link takes the keys; the whole card follows the pointer.
    <li className={`board-card ${lifted ? "lifted" : ""}`} data-card={card.id} onPointerDown={(event) => onPointerDown(event, card)} onContextMenu={() => onMenu(card)}>
      <Link to={`${opportunity.path}/${card.id}`} draggable={false} aria-describedby="board-keys" onKeyDown={(event) => onKeyDown(event, card)}>
        {opportunity.title(card)}
      </Link>
      <CardFacts card={card} />
    </li>
  );
});

/** What one wants to know of a deal at a glance. */
export function CardFacts({ card }: { card: Data }) {
  const t = useT();
  const owner = useName("identity.user", String(card.owner_id ?? ""));
  const due = String(card.expected_close_date ?? "");
  const late = due !== "" && due < formatDate(new Date().toISOString());
  return (
    <>
      {Boolean(card.account_name) && <span className="card-account">{String(card.account_name)}</span>}
      <span className="card-line">
        <b className="tabular">{formatMoney(String(card.amount_minor ?? "0"), String(card.currency ?? ""))}</b>
        <span className={`tabular ${late ? "late" : "muted"}`} title={t("sales.fields.opportunity.expected_close_date")}>
          {due}
        </span>
      </span>
      <span className="card-line">
        <span className="muted card-owner">{owner}</span>
        <span className="card-marks">
          <DealMarks record={card} />
        </span>
      </span>
    </>
  );
}
