import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, client, type Schemas } from "../../api/client";
import type { Data } from "../../api/records";
import { opportunity } from "../opportunity";

export type Money = { amount_minor: string; currency: string };

/** One stage on the board with the cards that are loaded, in their order. */
export interface BoardColumn {
  stage: string;
  count: number;
  amounts: Money[];
  weighted: Money[];
  /** Whether there are more than were counted. */
  truncated: boolean;
  cards: Data[];
}

export interface BoardData {
  pipeline: string;
  columns: BoardColumn[];
}

/** Where a card stands: its place among the other cards of a stage. */
export interface Place {
  stage: string;
  index: number;
}

/** What of the board is asked for. */
export interface BoardQuery {
  pipeline: string;
  filter: string[];
  query: string;
}

const PAGE = 50;

const money = (amounts: Schemas["sales.Money"][] | undefined): Money[] =>
  (amounts ?? []).map(({ amount_minor = "0", currency = "" }) => ({ amount_minor, currency }));

export const boardKey = (asked: BoardQuery) => ["board", asked] as const;

async function fetchBoard({ pipeline, filter, query }: BoardQuery, signal: AbortSignal): Promise<BoardData> {
  const parameters = { pipeline_id: pipeline || undefined, filter, query: query || undefined, page_size: PAGE };
  const board = await answer(client.GET("/v1/opportunities:board", { params: { query: parameters }, signal }));
  const columns = (board.columns ?? []).map((column) => ({
    stage: column.stage_id ?? "",
    count: Number(column.count ?? 0),
    amounts: money(column.amounts),
    weighted: money(column.weighted_amounts),
    truncated: column.truncated ?? false,
    cards: (column.opportunities ?? []) as unknown as Data[],
  }));
  return { pipeline: board.pipeline_id ?? "", columns };
}

/** The open deals of a pipeline by stage; asked again now and then, because others work on it too. */
export function useBoard(asked: BoardQuery) {
  return useQuery({
    queryKey: boardKey(asked),
    queryFn: ({ signal }) => fetchBoard(asked, signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    refetchInterval: 60_000,
  });
}

/** The cards below the last one of a stage that is loaded. */
export async function moreCards(asked: BoardQuery, column: BoardColumn): Promise<Data[]> {
  const last = column.cards.at(-1);
  const filter = [...asked.filter, `stage_id=${column.stage}`, "status=OPPORTUNITY_STATUS_OPEN"];
  if (last) filter.push(`position>=${String(last.position)}`);
  const page = await opportunity.api.list({ filter, query: asked.query, order_by: "position", page_size: PAGE + 1 }, "");
  const known = new Set(column.cards.map((card) => card.id));
  return page.records.filter((card) => !known.has(card.id));
}

/** Amounts with one more, or one less. */
export function added(amounts: Money[], minor: bigint, currency: string): Money[] {
  const before = amounts.find((one) => one.currency === currency);
  const sum = BigInt(before?.amount_minor ?? 0) + minor;
  const others = amounts.filter((one) => one !== before);
  return sum === 0n ? others : [...others, { amount_minor: sum.toString(), currency }].sort((one, other) => (one.currency < other.currency ? -1 : 1));
}

const minorOf = (card: Data, field: string) => BigInt(String(card[field] ?? 0));

function summed(column: BoardColumn, card: Data, sign: 1n | -1n): BoardColumn {
  const currency = String(card.currency ?? "");
  return {
    ...column,
    count: column.count + Number(sign),
    amounts: added(column.amounts, sign * minorOf(card, "amount_minor"), currency),
    weighted: added(column.weighted, sign * minorOf(card, "weighted_amount_minor"), currency),
  };
}

/** Where a card stands; `undefined` if it is not loaded. */
export function placeOf(board: BoardData, id: string): Place | undefined {
  for (const { stage, cards } of board.columns) {
    const index = cards.findIndex((card) => card.id === id);
    if (index >= 0) return { stage, index };
  }
  return undefined;
}

/** The card of an id. */
export function cardOf(board: BoardData | undefined, id: string): Data | undefined {
  return board?.columns.flatMap((column) => column.cards).find((card) => card.id === id);
}

/** The board without a card, which was won, lost or taken elsewhere. */
export function without(board: BoardData, id: string): BoardData {
  const card = cardOf(board, id);
  if (!card) return board;
  const columns = board.columns.map((column) =>
    column.cards.includes(card) ? summed({ ...column, cards: column.cards.filter((one) => one !== card) }, card, -1n) : column,
  );
  return { ...board, columns };
}

/** The board with a card in another place; with what the service has made of it if that is known. */
export function moved(board: BoardData, id: string, to: Place, changed?: Data): BoardData {
  const card = changed ?? cardOf(board, id);
  if (!card) return board;
  const rest = without(board, id);
  const columns = rest.columns.map((column) => (column.stage === to.stage ? summed({ ...column, cards: column.cards.toSpliced(to.index, 0, card) }, card, 1n) : column));
  return { ...rest, columns };
}
